import type { EventHandler } from '@synap/core';

/** What is done beyond Synap's own work when something has happened: docs/extending.md. */
export const eventHandlers: readonly EventHandler[] = [];
