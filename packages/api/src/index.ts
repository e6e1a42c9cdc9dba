export { type ApiOptions, createApi, type Protection, type RequestLog } from './app.ts';
export type { Problem } from './errors/problem.ts';
export type { Degraded, HealthCheck } from './health.ts';
export { createDocument, type OpenApiDocument } from './openapi/document.ts';
export type { Rate, RateLimiter, RequestRates } from './protection/rate-limiter.ts';
export { type Authenticator, bearerKey, firstOf, type Session } from './request/session.ts';
export { LINKS_PATH } from './rest/links.ts';
export type { AppRouter } from './routers/router.ts';
export { UploadSpool } from './uploads/upload-spool.ts';
