import {
  CONTENT_LINKS_MAX,
  CONTENT_TAGS_MAX,
  type ContentNames,
  personWritten,
  tagWritten,
  titleKey,
  titleSchema,
} from '@synap/domain';
import { readNamingBlocks } from './markdown-names.ts';

/** The tags and links that stand in a Markdown text, each once, up to as many as one thing may have. */
export function readContentNames(markdown: string): ContentNames {
  const tags = new Set<string>();
  const links = new Map<string, string>();
  for (const { names } of readNamingBlocks(markdown)) {
    for (const { kind, name } of names) {
      if (kind === 'link') addLink(links, name);
      else addTag(tags, kind === 'tag' ? tagWritten(name) : personWritten(name));
    }
    if (tags.size >= CONTENT_TAGS_MAX && links.size >= CONTENT_LINKS_MAX) break;
  }
  return { tags: [...tags], links: [...links.values()] };
}

function addTag(tags: Set<string>, tag: string | null): void {
  if (tag !== null && tags.size < CONTENT_TAGS_MAX) tags.add(tag);
}

/** Of what differs in its case only, the first. A link to a heading of the text itself has no title. */
function addLink(links: Map<string, string>, name: string): void {
  const { data: title } = titleSchema.safeParse(name);
  if (title === undefined || links.size >= CONTENT_LINKS_MAX) return;
  const key = titleKey(title);
  if (key !== '' && !links.has(key)) links.set(key, title);
}
