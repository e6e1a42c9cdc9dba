import type { Hono } from 'hono';
import type { ServedRequest } from '../app.ts';

export interface UploadSpool {
  readonly directory: string;
}

export function serveUploads(_app: Hono<ServedRequest>, _spool: UploadSpool): void {}
