export { createDbosEngine, type DbosEngineOptions } from './dbos/dbos-engine.ts';
export {
  createInngestEngine,
  type InngestEngine,
  type InngestSettings,
} from './inngest/inngest-engine.ts';
export {
  defineWorkflow,
  type EngineLogger,
  type FailureHandler,
  FatalError,
  type JsonValue,
  NoSuchRun,
  type RunFilter,
  RunHasNotFailed,
  RunStatus,
  type Workflow,
  type WorkflowEngine,
  type WorkflowEvent,
  type WorkflowRun,
  type WorkflowStep,
} from './workflow.ts';
