/**
 * The analyser that needs no key and no network: the type by a small trained classifier over the sentence vector and
 * the shape of the text; date, recurrence, title and tags by rules. It looks at the first 2,000 characters.
 */
import { EntityType } from '@synap/domain';
import type { TextEmbedder } from '../embedding/text-embedder.ts';
import type { CaptureAnalysis, CaptureAnalyzer, Guess } from './capture-analyzer.ts';
import { type CaptureClassifier, loadCaptureClassifier } from './classifier.ts';
import { type FindDueOptions, type FoundDue, findDue } from './due/find-due.ts';
import { ANALYSED_LENGTH } from './features.ts';
import { findPeople } from './people.ts';
import { type FoundRecurrence, findRecurrence, firstOccurrence } from './recurrence.ts';
import { createTagGuesser } from './tags.ts';
import { titleOf } from './title.ts';

export interface LocalAnalyzerOptions {
  /** Must be of the model that the classifier was trained with, as `createLocalEmbedder` is. */
  readonly embedder: TextEmbedder;
}

/** Makes the analyser. @throws when the embedder is of another model than the classifier. */
export function createLocalAnalyzer({ embedder }: LocalAnalyzerOptions): CaptureAnalyzer {
  const classifier = loadCaptureClassifier();
  if (embedder.model !== classifier.embeddingModel) {
    throw new Error(`The capture classifier reads vectors of ${classifier.embeddingModel}, not of ${embedder.model}.`);
  }
  const tags = createTagGuesser({ embedder });
  const model = `synap-capture-1+${embedder.model}`;
  return {
    model,
    async analyse({ content, now, timezone, knownTags, nearbyTags = [] }, { signal } = {}) {
      const beginning = content.slice(0, ANALYSED_LENGTH);
      // Short, and a person may be watching: it goes before the chunks of an import.
      const [vector] = await embedder.embed([beginning], { priority: 'interactive', ...(signal && { signal }) });
      if (vector === undefined) throw new Error('The embedder gave no vector.');
      const type = typeOf(beginning, vector, classifier);
      const when = whenOf(beginning, type, { now, timezone });
      return {
        model,
        type,
        title: titleGuess(beginning, when),
        due: when.due,
        recurrence: when.recurrence,
        tags: !hasWords(beginning)
          ? []
          : await tags.guess(beginning, { vector, knownTags, nearbyTags, ...(signal && { signal }) }),
        people: findPeople(beginning),
      };
    },
  };
}

function typeOf(content: string, vector: Float32Array, classifier: CaptureClassifier): Guess<EntityType> {
  // Nothing to read: a note, and nobody can be sure.
  if (!hasWords(content)) return { value: EntityType.note, confidence: 0.5 };
  return classifier.classify(content, vector);
}

const hasWords = (content: string): boolean => /[\p{L}\p{N}]/u.test(content);

interface When extends Pick<CaptureAnalysis, 'due' | 'recurrence'> {
  readonly places: readonly { readonly start: number; readonly end: number }[];
}

/** Only a task is due and only an event starts; a note that mentions a day only mentions it. */
function whenOf(content: string, type: Guess<EntityType>, options: FindDueOptions): When {
  if (type.value !== EntityType.task && type.value !== EntityType.event)
    return { due: null, recurrence: null, places: [] };
  const recurrence = findRecurrence(content);
  const found = findDue(recurrence === null ? content : blankedOut(content, recurrence), options);
  const due = dueOf(found, recurrence, options);
  return {
    due: due === null ? null : { value: due.value, confidence: due.confidence * certainty(type) },
    recurrence: recurrence === null ? null : { value: recurrence.rule, confidence: 0.9 * certainty(type) },
    places: [...(recurrence === null ? [] : [recurrence]), ...(found?.places ?? [])],
  };
}

function dueOf(
  found: FoundDue | null,
  recurrence: FoundRecurrence | null,
  options: FindDueOptions,
): CaptureAnalysis['due'] {
  if (recurrence === null || found?.saysDay === true) {
    return found === null ? null : { value: found.due, confidence: found.confidence };
  }
  const first = firstOccurrence(recurrence.rule, found?.due.time ?? null, options);
  return first === null ? null : { value: first, confidence: 0.8 };
}

/** A date stands or falls with the type. */
const certainty = ({ confidence }: Guess<EntityType>): number => Math.min(1, 0.5 + confidence / 2);

function blankedOut(content: string, { start, end }: { start: number; end: number }): string {
  return `${content.slice(0, start)}${'·'.repeat(end - start)}${content.slice(end)}`;
}

function titleGuess(content: string, { places }: When): Guess<string> {
  const value = titleOf(content, { without: places });
  const isOneLine = !content.trim().includes('\n');
  return { value, confidence: isOneLine && content.length <= 120 ? 0.9 : 0.6 };
}
