import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import pg from 'pg';

/*
 * What a server costs that does nothing but take JSON in and put a row into PostgreSQL, or read one: Hono and
 * node-postgres, as most would write it. A program of its own, started with the database's address.
 */

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
await pool.query(`create table bare_things (
  id uuid primary key default gen_random_uuid(), user_id uuid not null, title text not null, content text not null,
  status text not null default 'todo', created_at timestamptz not null default now(), updated_at timestamptz not null default now())`);
await pool.query('create index on bare_things (user_id, updated_at desc)');

const USER = '01890000-0000-7000-8000-000000000000';
const app = new Hono();
app.post('/things', async (context) => {
  const { title = '', content } = await context.req.json<{ title?: string; content: string }>();
  const { rows } = await pool.query(
    'insert into bare_things (user_id, title, content) values ($1, $2, $3) returning *',
    [USER, title, content],
  );
  return context.json({ entity: rows[0] }, 201);
});
app.get('/things', async (context) => {
  const { rows } = await pool.query('select * from bare_things where user_id = $1 order by updated_at desc limit 50', [
    USER,
  ]);
  return context.json({ items: rows });
});
app.get('/things/:id', async (context) => {
  const { rows } = await pool.query('select * from bare_things where user_id = $1 and id = $2', [
    USER,
    context.req.param('id'),
  ]);
  return context.json({ entity: rows[0] });
});
app.post('/things/:id/complete', async (context) => {
  const { rows } = await pool.query(
    `update bare_things set status = 'done', updated_at = now() where user_id = $1 and id = $2 returning *`,
    [USER, context.req.param('id')],
  );
  return context.json({ entity: rows[0] });
});

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
