import type { Due, Moment, Schedule } from '../vocabulary.ts';
import type { SuggestedValue } from './ai-events.ts';
import type { ReadDelta } from './catalogue.ts';
import type { PlugInEventName } from './plug-in-events.ts';

/** What an event did, as a sentence for a person's eyes: old and new where something changed. */
export function describeEvent(event: ReadDelta): string {
  switch (event.type) {
    case 'entity.created':
      return `created as ${event.data.entityType} “${event.data.title}”`;
    case 'entity.updated':
      return `${event.data.field} ${change(event.data.oldValue ?? 'none', event.data.newValue ?? 'none')}`;
    case 'entity.deleted':
      return 'moved to the trash';
    case 'entity.restored':
      return 'restored from the trash';
    case 'entity.purged':
      return 'erased for good';
    case 'event.erased':
      return `${event.data.eventType}, its content erased`;
    case 'entity.title_changed':
      return `title ${change(`“${event.data.oldValue}”`, `“${event.data.newValue}”`)}`;
    case 'entity.type_changed':
      return `type ${change(event.data.oldValue, event.data.newValue)}`;
    case 'entity.file_uploaded':
      return `content stored (${event.data.fileType}, ${event.data.fileSize} bytes)`;
    case 'entity.file_deleted':
      return 'content removed';
    case 'entity.content_read':
      return `content read: ${event.data.names.tags.length} tags, ${event.data.names.links.length} links in it`;
    case 'entity.tag_added':
      return `tagged #${event.data.tag}`;
    case 'entity.tag_removed':
      return `tag #${event.data.tag} removed`;
    case 'task.status_changed':
      return `status ${change(event.data.oldValue, event.data.newValue)}`;
    case 'task.completed':
      return 'completed';
    case 'task.recurred':
      return `next occurrence ${change(due(event.data.oldDue), due(event.data.newDue))}`;
    case 'task.due_date_set':
      return `due date ${change(due(event.data.oldValue), due(event.data.newValue))}`;
    case 'task.priority_set':
      return `priority ${change(String(event.data.oldValue), String(event.data.newValue))}`;
    case 'task.reminder_set':
      return `reminder ${change(event.data.oldValue ?? 'none', event.data.newValue ?? 'none')}`;
    case 'task.reminded':
      return `reminded, as set for ${event.data.remindAt}`;
    case 'event.schedule_set':
      return `takes place ${change(schedule(event.data.oldValue), schedule(event.data.newValue))}`;
    case 'event.place_set':
      return `place ${change(event.data.oldValue ?? 'none', event.data.newValue ?? 'none')}`;
    case 'relation.created':
      return `${event.data.sourceId} ${event.data.relationType} ${event.data.targetId}`;
    case 'relation.deleted':
      return 'relation removed';
    case 'relation.restored':
      return 'relation restored';
    case 'relation.purged':
      return 'relation erased for good';
    case 'ai.analysis_requested':
      return 'analysis requested';
    case 'ai.analysis_completed':
      return `analysed by ${event.data.analysis.model}: ${event.data.analysis.type.value} (${percent(event.data.analysis.type.confidence)})`;
    case 'ai.enrichment_applied':
      return event.data.applied.length === 0
        ? 'enriched: nothing changed'
        : `enriched: ${event.data.applied.join(', ')}`;
    case 'page.fetch_requested':
      return `page requested from ${event.data.url}`;
    case 'page.fetched':
      return `page fetched from ${event.data.finalUrl}`;
    case 'page.fetch_failed':
      return `page not fetched from ${event.data.url}: ${event.data.reason}`;
    case 'ai.suggestion_made':
      return `suggested by ${event.data.model}: ${suggested(event.data.suggested)} (${percent(event.data.confidence)})`;
    case 'ai.suggestion_accepted':
      return `suggestion accepted: ${suggested(event.data.suggested)}`;
    case 'ai.suggestion_declined':
      return `suggestion declined: ${suggested(event.data.suggested)}`;
    case 'ai.suggestion_reopened':
      return `suggestion open again: ${suggested(event.data.suggested)}`;
    case 'ai.suggestion_withdrawn':
      return `suggestion withdrawn: ${suggested(event.data.suggested)}`;
    case 'user.tag_coloured':
      return `colour of #${event.data.tag} ${change(event.data.oldValue ?? 'none', event.data.newValue ?? 'none')}`;
    default:
      return describePlugIn(event);
  }
}

/** By its name: `habit.streak_broken` reads as 'habit streak broken'. */
function describePlugIn({ type: name }: { readonly type: PlugInEventName }): string {
  const words: string = name;
  return words.replaceAll(/[._]/g, ' ');
}

function suggested({ field, value }: SuggestedValue): string {
  switch (field) {
    case 'type':
      return `type ${value}`;
    case 'title':
      return `title “${value}”`;
    case 'due':
      return `due date ${due(value)}`;
    case 'recurrence':
      return `recurrence ${value}`;
    case 'tags':
      return `tag #${value}`;
    case 'links':
      return `link to ${value.targetId}`;
  }
}

function change(oldValue: string, newValue: string): string {
  return `${oldValue} → ${newValue}`;
}

function due(value: Due | null): string {
  return value === null ? 'none' : `${moment(value)} ${value.timezone}`;
}

function schedule(value: Schedule | null): string {
  if (value === null) return 'none';
  const { start, end, timezone } = value;
  return `${moment(start)}${end === null ? '' : ` to ${moment(end)}`} ${timezone}`;
}

function moment({ date, time }: Moment): string {
  return time === null ? date : `${date} ${time}`;
}

function percent(confidence: number): string {
  return `${Math.round(confidence * 100)} %`;
}
