import type { Database } from '@synap/database';
import {
  createDbosEngine,
  createInngestEngine,
  type InngestEngine,
  type Workflow,
  type WorkflowEngine,
} from '@synap/workflows';
import type { Configuration } from './config/environment.ts';
import { type Logger, loggable } from './logger.ts';

/** An engine, and what a server has to do for it. */
export interface ServedEngine {
  readonly engine: WorkflowEngine;
  /** Answers `/api/inngest`. */
  readonly answerInngest?: (request: Request) => Promise<Response>;
  /** Tells the service where this server is, until it has heard; gives what ends that. */
  readonly announce?: (origin: string) => () => Promise<void>;
}

const ANNOUNCE_INTERVAL_MS = 15_000;

/** The engine that is configured: the one in this process, or Inngest. */
export function createEngine({
  configuration,
  database,
  workflows,
  logger,
}: {
  configuration: Configuration;
  database: Database;
  workflows: readonly Workflow[];
  logger: Logger;
}): ServedEngine {
  const options = { connection: database.engine, workflows, logger };
  if (configuration.inngest === undefined) return { engine: createDbosEngine(options) };
  const engine = createInngestEngine({ ...options, settings: configuration.inngest });
  return {
    engine,
    answerInngest: (request) => engine.handle(request),
    announce: (origin) => announceUntilHeard(engine, { origin, logger }),
  };
}

function announceUntilHeard(
  engine: InngestEngine,
  { origin, logger }: { origin: string; logger: Logger },
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const announce = async (): Promise<void> => {
    try {
      await engine.register(origin);
      logger.info('Inngest has taken the workflows');
    } catch (error) {
      logger.warn({ error: loggable(error) }, 'Inngest did not take the workflows; it is told again in 15 seconds');
      timer = setTimeout(() => {
        round = announce();
      }, ANNOUNCE_INTERVAL_MS);
      timer.unref();
    }
  };
  let round = announce();
  return async () => {
    await round;
    clearTimeout(timer);
  };
}
