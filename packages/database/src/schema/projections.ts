import type {
  ContentNames,
  EntityState,
  EntityType,
  FileType,
  RelationType,
  SuggestedValue,
  SuggestionReason,
  SuggestionStatus,
  TaskPriority,
  TaskStatus,
} from '@synap/domain';
import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  date,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/*
 * The present state, folded from events: all of it can be dropped and rebuilt. Every foreign key carries the user's
 * id, so that a row of one user cannot point at another's.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/**
 * Who keeps something here. A user without an e-mail address has no account yet: nobody signs in as them but with a key.
 * What else an account has is in `accounts.ts`; unlike the rest of this file it is not folded from events.
 */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** The owner has this installation; there is one at most. */
    role: text('role').$type<'owner' | 'member'>().notNull().default('member'),
    name: text('name').notNull().default(''),
    email: text('email').unique(),
    emailVerified: boolean('email_verified').notNull().default(false),
    image: text('image'),
    twoFactorEnabled: boolean('two_factor_enabled').notNull().default(false),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('users_owner_unique').on(table.role).where(sql`${table.role} = 'owner'`),
    check('users_role_check', sql`${table.role} in ('owner', 'member')`),
  ],
);

export const entities = pgTable(
  'entities',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    type: text('type').$type<EntityType>().notNull(),
    title: text('title').notNull(),
    /** What links find it by, see `titleKey`. */
    titleKey: text('title_key').notNull().default(''),
    formerTitles: jsonb('former_titles').$type<string[]>().notNull().default([]),
    preview: text('preview').notNull(),
    /** Where a client reads the content, relative to the server's own address. */
    fileUrl: text('file_url').generatedAlwaysAs(
      sql`case when file_path is null then null else '/api/v1/entities/' || id::text || '/content' end`,
    ),
    filePath: text('file_path'),
    fileSize: bigint('file_size', { mode: 'number' }),
    fileType: text('file_type').$type<FileType>(),
    checksum: text('checksum'),
    /** What the content names; null where nobody has read it for that. */
    names: jsonb('names').$type<ContentNames>(),
    provenance: jsonb('provenance').$type<EntityState['provenance']>().notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [
    unique('entities_user_id_id_unique').on(table.userId, table.id),
    index('entities_user_id_updated_at_index').on(table.userId, table.updatedAt, table.id),
    index('entities_user_id_title_key_index').on(table.userId, table.titleKey),
    // What is still to be read for what it names; empty but for a while after that has become known.
    index('entities_unread_index').on(table.id).where(sql`${table.names} is null and ${table.fileType} = 'markdown'`),
    index('entities_user_id_type_index').on(table.userId, table.type, table.updatedAt, table.id),
    check('entities_type_check', sql`${table.type} in ('note', 'task', 'project', 'page', 'event', 'idea')`),
    check(
      'entities_file_type_check',
      sql`${table.fileType} is null or ${table.fileType} in ('markdown', 'text', 'html', 'docx', 'pdf', 'audio', 'video', 'image')`,
    ),
  ],
);

const ownedEntity = <Table extends { userId: AnyPgColumn; entityId: AnyPgColumn }>(table: Table) =>
  foreignKey({ columns: [table.userId, table.entityId], foreignColumns: [entities.userId, entities.id] }).onDelete(
    'cascade',
  );

export const taskDetails = pgTable(
  'task_details',
  {
    entityId: uuid('entity_id').primaryKey(),
    userId: uuid('user_id').notNull(),
    status: text('status').$type<TaskStatus>().notNull(),
    priority: smallint('priority').$type<TaskPriority>().notNull(),
    dueDate: date('due_date', { mode: 'string' }),
    dueTime: text('due_time'),
    dueTimezone: text('due_timezone'),
    recurrence: text('recurrence'),
    completedAt: instant('completed_at'),
    remindAt: instant('remind_at'),
    /** Whether the reminder is still to come, if the task is still to do. */
    awaitsReminder: boolean('awaits_reminder').notNull().default(false),
  },
  (table) => [
    ownedEntity(table),
    // Of everybody: what is looked at every second is what has come due, by whoever runs.
    index('task_details_remind_at_index')
      .on(table.remindAt)
      .where(sql`${table.awaitsReminder} and ${table.status} in ('todo', 'in_progress')`),
    index('task_details_user_id_status_due_date_index').on(table.userId, table.status, table.dueDate),
    check('task_details_status_check', sql`${table.status} in ('todo', 'in_progress', 'done', 'cancelled')`),
    check('task_details_priority_check', sql`${table.priority} between 0 and 3`),
  ],
);

/** When and where events of the calendar take place. */
export const eventDetails = pgTable(
  'event_details',
  {
    entityId: uuid('entity_id').primaryKey(),
    userId: uuid('user_id').notNull(),
    startDate: date('start_date', { mode: 'string' }),
    startTime: text('start_time'),
    endDate: date('end_date', { mode: 'string' }),
    endTime: text('end_time'),
    timezone: text('timezone'),
    place: text('place'),
  },
  (table) => [ownedEntity(table), index('event_details_user_id_start_date_index').on(table.userId, table.startDate)],
);

export const tags = pgTable(
  'tags',
  { userId: uuid('user_id').notNull(), name: text('name').notNull(), createdAt: instant('created_at').notNull() },
  (table) => [primaryKey({ columns: [table.userId, table.name] })],
);

export const entityTags = pgTable(
  'entity_tags',
  {
    userId: uuid('user_id').notNull(),
    entityId: uuid('entity_id').notNull(),
    tag: text('tag').notNull(),
    /** It was set. */
    isOwn: boolean('is_own').notNull().default(true),
    /** It stands in the text. */
    isInContent: boolean('is_in_content').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.tag] }),
    check('entity_tags_reason_check', sql`${table.isOwn} or ${table.isInContent}`),
    ownedEntity(table),
    foreignKey({ columns: [table.userId, table.tag], foreignColumns: [tags.userId, tags.name] }),
    index('entity_tags_user_id_tag_index').on(table.userId, table.tag),
  ],
);

/**
 * The links that stand in texts, by the title that they name. To what they lead is not kept but looked up: it is the same
 * then in whatever order things were written, rebuilt, or came and went.
 */
export const contentLinks = pgTable(
  'content_links',
  {
    userId: uuid('user_id').notNull(),
    /** In whose text it stands. */
    entityId: uuid('entity_id').notNull(),
    /** See `linkKeys`. */
    key: text('key').notNull(),
    baseKey: text('base_key'),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.key] }),
    ownedEntity(table),
    index('content_links_user_id_key_index').on(table.userId, table.key),
    index('content_links_user_id_base_key_index')
      .on(table.userId, table.baseKey)
      .where(sql`${table.baseKey} is not null`),
  ],
);

/** Titles that things had before: links to them lead there still. */
export const formerTitles = pgTable(
  'former_titles',
  { userId: uuid('user_id').notNull(), entityId: uuid('entity_id').notNull(), key: text('key').notNull() },
  (table) => [
    primaryKey({ columns: [table.entityId, table.key] }),
    ownedEntity(table),
    index('former_titles_user_id_key_index').on(table.userId, table.key),
  ],
);

export const relations = pgTable(
  'relations',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id').notNull(),
    type: text('type').$type<RelationType>().notNull(),
    sourceId: uuid('source_id').notNull(),
    targetId: uuid('target_id').notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [
    foreignKey({
      name: 'relations_source_foreign_key',
      columns: [table.userId, table.sourceId],
      foreignColumns: [entities.userId, entities.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'relations_target_foreign_key',
      columns: [table.userId, table.targetId],
      foreignColumns: [entities.userId, entities.id],
    }).onDelete('cascade'),
    uniqueIndex('relations_live_unique')
      .on(table.userId, table.type, table.sourceId, table.targetId)
      .where(sql`${table.deletedAt} is null`),
    index('relations_user_id_target_id_index').on(table.userId, table.targetId),
    check(
      'relations_type_check',
      sql`${table.type} in ('contains', 'relates_to', 'blocks', 'duplicates', 'mentions', 'derived_from')`,
    ),
  ],
);

/** What users have set that belongs to no thing. */
export const userSettings = pgTable('user_settings', {
  userId: uuid('user_id').primaryKey(),
  /** By tag; also of tags that nothing carries at the moment. */
  tagColours: jsonb('tag_colours').$type<Record<string, string>>().notNull(),
  version: integer('version').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** What was ever suggested, and what has become of it. */
export const suggestions = pgTable(
  'suggestions',
  {
    id: uuid('id').notNull(),
    userId: uuid('user_id').notNull(),
    entityId: uuid('entity_id').notNull(),
    suggested: jsonb('suggested').$type<SuggestedValue>().notNull(),
    confidence: doublePrecision('confidence').notNull(),
    model: text('model').notNull(),
    /** Of the content that it was made of. */
    checksum: text('checksum').notNull(),
    because: text('because').$type<SuggestionReason>().notNull(),
    status: text('status').$type<SuggestionStatus>().notNull(),
    madeAt: instant('made_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.id] }),
    ownedEntity(table),
    index('suggestions_user_id_id_index').on(table.userId, table.id),
    index('suggestions_user_id_status_index').on(table.userId, table.status, table.id),
    check(
      'suggestions_status_check',
      sql`${table.status} in ('open', 'accepted', 'declined', 'superseded', 'withdrawn')`,
    ),
  ],
);
