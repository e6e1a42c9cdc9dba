export { type Application, startApplication } from './application.ts';
export { type Configuration, readConfiguration } from './config/environment.ts';
export { createLogger } from './logger.ts';
export { runServer } from './main.ts';
export { type RunningServer, serve } from './serve.ts';
