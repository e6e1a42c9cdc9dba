import type { Analysis } from '@synap/domain';
import { defineWorkflow, type Workflow } from '@synap/workflows';
import type { CommandContext } from '../command-context.ts';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readState } from '../queries/get-entity.ts';
import { readReferencedFile } from '../queries/read-content.ts';
import { analyseContent } from './analyse-content.ts';
import { applyEnrichment, titleAfterEnrichment } from './apply-enrichment.ts';
import { fetchPage } from './fetch-page.ts';
import { indexContent } from './index-content.ts';
import { transcribeAudio } from './transcribe-audio.ts';
import {
  ENRICHMENT_REQUESTED,
  enrichmentRequestSchema,
  INDEXING_REQUESTED,
  indexingRequestSchema,
} from './workflow-events.ts';

/** How many of one user’s runs go on at once: embedding is the bottleneck, and a person who writes must not wait for it. */
const RUNS_PER_USER = 2;
/** A note of ten megabytes is thousands of chunks. */
const STEP_TIMEOUT_MS = 15 * 60 * 1000;

const NOTHING_NAMED: Pick<Analysis, 'people' | 'links'> = { people: [], links: [] };

/** The workflows that make sense of content; see docs/internals/workflows.md. */
export function enrichmentWorkflows(parts: Parts): Workflow[] {
  const { transcriber } = parts;
  const workflows = [enrichCapture(parts), indexChangedContent(parts), fetchPage(parts)];
  return transcriber === undefined ? workflows : [...workflows, transcribeAudio(parts, transcriber)];
}

/**
 * Turns a capture into what it is: read file → analyse → embed → save. Each step can be repeated without harm: what it
 * writes is keyed by the run or by the entity's version. A capture whose content changed meanwhile is left alone.
 */
function enrichCapture(parts: Parts): Workflow {
  const options = {
    id: 'enrich-capture',
    trigger: ENRICHMENT_REQUESTED,
    concurrency: { key: 'data.userId', limit: RUNS_PER_USER },
    stepTimeoutMs: STEP_TIMEOUT_MS,
  };
  return defineWorkflow(options, async ({ event, step }) => {
    const request = enrichmentRequestSchema.parse(event.data);
    const { userId, entityId, checksum } = request;
    const file = await step.run('read-file', async () => {
      const state = await readState(parts, userId, { id: entityId });
      if (state.file?.checksum !== checksum) return null;
      await readReferencedFile(parts.files, state.file.filePath);
      return { filePath: state.file.filePath };
    });
    if (file === null) return { superseded: true };
    const analysed = await step.run('analyse', async ({ signal }) => {
      const content = decodeText(await readReferencedFile(parts.files, file.filePath));
      const { timezone, now } = request;
      return analyseContent(parts, { userId, entityId, content, now: new Date(now), timezone }, { signal });
    });
    // A run that an older version began has a result of its kind.
    const analysis: Analysis = { ...NOTHING_NAMED, ...analysed };
    await step.run('embed', async ({ signal }) => {
      const title = await titleAfterEnrichment(parts, userId, { id: entityId, analysis, checksum });
      return indexContent(parts, { userId, entityId, title }, { signal });
    });
    return step.run('save', async () => {
      const context: CommandContext = {
        userId,
        actor: { kind: 'workflow', id: options.id },
        source: 'automation',
        correlationId: request.correlationId,
        causationId: request.eventId,
        idempotencyKey: `workflow:${event.id}:save`,
      };
      const { version } = await applyEnrichment(parts, context, {
        command: 'ai.enrich',
        id: entityId,
        analysis,
        checksum,
      });
      return { version };
    });
  });
}

/** Makes changed content, or content under a changed title, findable. */
function indexChangedContent(parts: Parts): Workflow {
  const options = {
    id: 'index-content',
    trigger: INDEXING_REQUESTED,
    concurrency: { key: 'data.userId', limit: RUNS_PER_USER },
    stepTimeoutMs: STEP_TIMEOUT_MS,
  };
  return defineWorkflow(options, async ({ event, step }) => {
    const request = indexingRequestSchema.parse(event.data);
    return step.run('index', ({ signal }) => indexContent(parts, request, { signal }));
  });
}
