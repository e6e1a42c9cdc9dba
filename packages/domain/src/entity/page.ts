import type { FileReference } from '../events/entity-events.ts';
import { type EntityDelta, titleDelta } from './decide.ts';
import type { EntityState } from './entity-state.ts';

/** A web page as it was fetched and stored. */
export interface FetchedPage {
  /** What was asked for, and where that was found. */
  url: string;
  finalUrl: string;
  fetchedAt: Date;
  /** As it came. */
  original: FileReference;
  /** What it says, as Markdown; `null` where it came as something that is kept as it is. */
  readable: FileReference | null;
  /** The title that it names itself; `null` for none. */
  title: string | null;
}

/**
 * What a page that was fetched makes of the entity which waits for it: what came is one revision, what it says the next,
 * and its title replaces one that nobody chose. Nothing at all if the content is no more what `checksum` says, or the
 * entity is in the trash: then nobody waits any more.
 */
export function decideFetchedPage(state: EntityState, page: FetchedPage, checksum: string): EntityDelta[] {
  if (!isAwaitingPage(state, checksum)) return [];
  const { url, finalUrl, fetchedAt, original, readable, title } = page;
  const deltas: EntityDelta[] = [];
  // A page may hold nothing but what was there already.
  if (original.checksum !== checksum) deltas.push({ type: 'entity.file_uploaded', data: original });
  if (readable !== null && readable.checksum !== original.checksum) {
    deltas.push({ type: 'entity.file_uploaded', data: readable });
  }
  if (title !== null && title !== state.title && state.provenance.title?.by !== 'person') {
    deltas.push(titleDelta(state.title, title));
  }
  const data = { url, finalUrl, fetchedAt: fetchedAt.toISOString(), checksum: original.checksum };
  return [...deltas, { type: 'page.fetched', data }];
}

/** Records that a page could not be fetched, where it is still waited for. */
export function decidePageFailure(
  state: EntityState,
  { url, reason }: { url: string; reason: string },
  checksum: string,
): EntityDelta[] {
  return isAwaitingPage(state, checksum) ? [{ type: 'page.fetch_failed', data: { url, reason } }] : [];
}

function isAwaitingPage({ deletedAt, file }: EntityState, checksum: string): boolean {
  return deletedAt === null && file?.checksum === checksum;
}
