import { router } from '../trpc/procedures.ts';
import { accountRouter } from './account.ts';
import { activityRouter } from './activity.ts';
import { aiRouter } from './ai.ts';
import { apiKeysRouter } from './api-keys.ts';
import { calendarRouter } from './calendar.ts';
import { captureRouter } from './capture.ts';
import { entitiesRouter } from './entities.ts';
import { eventsRouter } from './events.ts';
import { filesRouter } from './files.ts';
import { historyRouter } from './history.ts';
import { ideasRouter, notesRouter, pagesRouter, projectsRouter } from './kinds.ts';
import { relationsRouter } from './relations.ts';
import { searchRouter } from './search.ts';
import { storeRouter } from './store.ts';
import { tagsRouter } from './tags.ts';
import { tasksRouter } from './tasks.ts';
import { usageRouter } from './usage.ts';
import { webhooksRouter } from './webhooks.ts';
import { workflowsRouter } from './workflows.ts';

/** The whole API: each procedure once, served as tRPC and, where its meta says so, as REST. */
export const appRouter = router({
  capture: captureRouter,
  notes: notesRouter,
  tasks: tasksRouter,
  projects: projectsRouter,
  pages: pagesRouter,
  events: eventsRouter,
  ideas: ideasRouter,
  calendar: calendarRouter,
  entities: entitiesRouter,
  files: filesRouter,
  tags: tagsRouter,
  relations: relationsRouter,
  history: historyRouter,
  search: searchRouter,
  ai: aiRouter,
  account: accountRouter,
  activity: activityRouter,
  apiKeys: apiKeysRouter,
  store: storeRouter,
  usage: usageRouter,
  webhooks: webhooksRouter,
  workflows: workflowsRouter,
});

/** For typed clients. */
export type AppRouter = typeof appRouter;
