export { type ApiOptions, createApi, type RequestLog } from './app.ts';
export type { Problem } from './errors/problem.ts';
export type { HealthCheck } from './health.ts';
export type { Authenticator, Scope, Session } from './request/session.ts';
export { LINKS_PATH } from './rest/links.ts';
export type { AppRouter } from './routers/router.ts';
export { UploadSpool } from './uploads/upload-spool.ts';
