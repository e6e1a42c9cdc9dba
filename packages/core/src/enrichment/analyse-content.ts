import type { CaptureAnalyzer, Guess } from '@synap/ai';
import { findNamedTitles, listTags } from '@synap/database';
import { type Analysis, analysisSchema, type EntityId, PEOPLE_PREFIX, tagSchema, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { isRecurrence } from '../recurrence/next-occurrence.ts';
import { findLinks } from './find-links.ts';
import { findNearbyTags } from './nearby-tags.ts';

/** The user's own tags that an analysis may choose from, after those nearby the most used first. */
const KNOWN_TAGS_MAX = 200;
/** What an analysis is made of: the beginning says what a thing is. */
const ANALYSED_MAX_LENGTH = 2_000;
const TITLES_MAX = 30;
const TAGS_MAX = 20;
/** Somebody who has a tag already was meant before. */
const KNOWN_PERSON_CONFIDENCE = 0.8;

/** Content of an entity, and what is known about the person when they wrote it. */
export interface ContentToAnalyse {
  readonly userId: UserId;
  readonly entityId: EntityId;
  readonly content: string;
  readonly now: Date;
  readonly timezone: string;
}

/**
 * What an analyser makes of content, with what the user's own things say about it: the tags on what is most alike, the
 * people who have a tag, the things that it names.
 *
 * @param options.analyzer left out, the one that is configured.
 * @throws {Unavailable} if the analyser or the embedder does not answer.
 */
export async function analyseContent(
  parts: Parts,
  { userId, entityId, content, now, timezone }: ContentToAnalyse,
  { analyzer = parts.analyzer, signal }: { analyzer?: CaptureAnalyzer | undefined; signal: AbortSignal },
): Promise<Analysis> {
  const { queries } = parts.database;
  const text = content.slice(0, ANALYSED_MAX_LENGTH);
  const nearbyTags = await findNearbyTags(parts, userId, { text, except: entityId }, { signal });
  const used = await listTags(queries, userId, { limit: KNOWN_TAGS_MAX });
  const knownTags = [...new Set([...nearbyTags.map(({ value }) => value), ...used.map(({ name }) => name)])];
  const analysis = await analyzer.analyse({ content, now, timezone, knownTags, nearbyTags }, { signal, userId });
  const titles = await findNamedTitles(queries, userId, { text, except: entityId, limit: TITLES_MAX });
  const { recurrence } = analysis;
  const isKnown = recurrence !== null && isRecurrence(recurrence.value, { from: now.toISOString().slice(0, 10) });
  return analysisSchema.parse({
    ...analysis,
    recurrence: isKnown ? recurrence : null,
    tags: [...analysis.tags, ...personTags(analysis.people, new Set(knownTags))].slice(0, TAGS_MAX),
    links: findLinks(text, titles),
  });
}

/** A tag for each person; one that cannot be a tag has none. */
function personTags(people: readonly Guess<string>[], knownTags: ReadonlySet<string>): Guess<string>[] {
  return people.flatMap(({ value, confidence }) => {
    const { data: tag } = tagSchema.safeParse(`${PEOPLE_PREFIX}${value}`);
    if (tag === undefined) return [];
    const isKnown = knownTags.has(tag);
    return [{ value: tag, confidence: isKnown ? Math.max(confidence, KNOWN_PERSON_CONFIDENCE) : confidence }];
  });
}
