import type { Activity, ChangedThings } from '@synap/core';
import { eventNames } from '@synap/domain';
import * as z from 'zod';
import { entityView, instantView } from './things.ts';
import { viewOf } from './view.ts';

export const activityView = viewOf<Activity>()(
  'Activity',
  z.strictObject({
    from: z.string(),
    to: z.string(),
    timezone: z.string(),
    items: z
      .array(
        z.strictObject({
          start: z.string(),
          day: z.string(),
          counts: z.partialRecord(z.enum(eventNames), z.int().min(1)).describe('By the type of event.'),
          total: z.int().min(0),
        }),
      )
      .describe('Those in which something happened, the earliest first.'),
    streak: z
      .strictObject({
        current: z.int().min(0).describe('Up to today, or to yesterday while nothing was done today yet.'),
        longest: z.int().min(0),
        isTodayActive: z.boolean(),
      })
      .describe('Of the last year, in days on which somebody did something.'),
  }),
);

export const changedThingsView = viewOf<ChangedThings>()(
  'ChangedThings',
  z.strictObject({
    from: z.string(),
    to: z.string(),
    created: z.int().min(0),
    completed: z.int().min(0),
    deleted: z.int().min(0),
    changed: z.int().min(0).describe('How many things were changed at all.'),
    items: z.array(
      z.strictObject({
        entity: entityView,
        events: z.array(z.enum(eventNames)).describe('What happened to it.'),
        firstAt: instantView,
        lastAt: instantView,
      }),
    ),
  }),
);
