import { createHash } from 'node:crypto';
import {
  checkpointHash,
  countStreams,
  type Finding,
  FindingKind,
  findStrays,
  hasValidSignature,
  type LogRow,
  listSegments,
  listUserIds,
  parseCheckpoint,
  readEventRow,
  verifyCheckpoint,
  verifyStreams,
} from '@synap/database';
import { NotFound, Unavailable, type UserId, ValidationFailed } from '@synap/domain';
import { type ListedFile, readBytes } from '@synap/storage';
import type { Parts } from '../parts.ts';
import { findUnreferencedFiles } from './unreferenced-files.ts';

/** What `verify` has to say, as it goes. */
export type VerifyMessage =
  | { readonly kind: 'progress'; readonly streams: number; readonly totalStreams: number; readonly events: number }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'done'; readonly summary: VerifySummary };

export interface VerifySummary {
  streams: number;
  events: number;
  files: number;
  checkpoints: number;
  findings: number;
}

export const VerifyScope = { all: 'all', chain: 'chain', files: 'files' } as const;
export type VerifyScope = (typeof VerifyScope)[keyof typeof VerifyScope];

export interface VerifyRequest {
  /** Only the log, its digest chains and the signed checkpoints; only the files; or all, the rows too. */
  readonly scope: VerifyScope;
  /** A copy of a checkpoint that was kept elsewhere, to be compared with the log as well. */
  readonly checkpoint?: Uint8Array | undefined;
  /** The public key that must have signed the checkpoints; left out, this installation's own. */
  readonly publicKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Verifies the whole store, of every user: each event against its digest chain, each row against the fold of its events,
 * each file against the checksum that an event names, the files against the events that name them, and the log against
 * the signed checkpoints. Names each thing that is not as it must be; changes nothing.
 */
export async function* verifyStore(parts: Parts, request: VerifyRequest): AsyncGenerator<VerifyMessage> {
  const { scope, signal } = request;
  const summary: VerifySummary = { streams: 0, events: 0, files: 0, checkpoints: 0, findings: 0 };
  function* report(findings: readonly Finding[]): Generator<VerifyMessage> {
    summary.findings += findings.length;
    for (const finding of findings) yield { kind: 'finding', finding };
  }
  const totalStreams = await countStreams(parts);
  const options = { compareRows: scope === VerifyScope.all, ...(signal === undefined ? {} : { signal }) };
  for await (const page of verifyStreams(parts, options)) {
    summary.streams += page.streams;
    summary.events += page.events;
    if (scope !== VerifyScope.files) yield* report(page.findings);
    if (scope !== VerifyScope.chain) {
      const references = fileReferences(page.rows);
      summary.files += references.length;
      for (const reference of references) yield* report(await verifyFile(parts, reference));
    }
    yield { kind: 'progress', streams: summary.streams, totalStreams, events: summary.events };
  }
  if (scope !== VerifyScope.chain) {
    for await (const { unreferenced } of findUnreferencedFiles(parts)) yield* report(unreferenced.map(asUnreferenced));
  }
  if (scope !== VerifyScope.files) yield* report(await findStrays(parts));
  for (const { path, sizeBytes, checksum } of await listSegments(parts.log.database.queries)) {
    summary.files += 1;
    yield* report(await verifyFile(parts, { filePath: path, fileSize: sizeBytes, checksum }));
  }
  if (scope !== VerifyScope.files) yield* verifyLogAgainstCheckpoints(parts, request, { summary, report });
  yield { kind: 'done', summary };
}

async function* verifyLogAgainstCheckpoints(
  parts: Parts,
  request: VerifyRequest,
  { summary, report }: { summary: VerifySummary; report: (findings: readonly Finding[]) => Generator<VerifyMessage> },
): AsyncGenerator<VerifyMessage> {
  for (const bytes of request.checkpoint === undefined ? [] : [request.checkpoint]) {
    summary.checkpoints += 1;
    yield* report(await verifyCopy(parts, bytes, request));
  }
  for (const userId of await listUserIds(parts.database.queries)) {
    const { count, findings } = await verifyCheckpoints(parts, userId, request);
    summary.checkpoints += count;
    yield* report(findings);
  }
}

function asUnreferenced({ path, sizeBytes, modifiedAt }: ListedFile): Finding {
  const message = `No event names it. It has ${sizeBytes} bytes and was stored at ${modifiedAt.toISOString()}.`;
  return { kind: FindingKind.fileUnreferenced, subject: path, message };
}

interface FileClaim {
  readonly filePath: string;
  readonly fileSize: number;
  readonly checksum: string;
}

/** Every revision that the events of a page name; what was erased names none any more. */
function fileReferences(rows: readonly LogRow[]): FileClaim[] {
  return rows.flatMap((row) => {
    if (row.eventType !== 'entity.file_uploaded') return [];
    const event = readEventRow(row);
    return event.type === 'entity.file_uploaded' ? [event.data] : [];
  });
}

async function verifyFile({ files }: Parts, { filePath, fileSize, checksum }: FileClaim): Promise<Finding[]> {
  const finding = (kind: FindingKind, message: string): Finding[] => [{ kind, subject: filePath, message }];
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const part of await files.read(filePath)) {
      hash.update(part);
      sizeBytes += part.byteLength;
    }
    const actual = hash.digest('hex');
    if (actual === checksum && sizeBytes === fileSize) return [];
    const message = `It has ${sizeBytes} bytes and the checksum ${actual}; ${fileSize} bytes with ${checksum} were stored.`;
    return finding(FindingKind.fileChanged, message);
  } catch (error) {
    if (error instanceof NotFound) return finding(FindingKind.fileMissing, 'It is not there any more.');
    if (error instanceof Unavailable) return finding(FindingKind.fileMissing, error.message);
    throw error;
  }
}

/** A user's checkpoints: each signed, each naming the one before, and the log as the last one says. */
async function verifyCheckpoints(
  parts: Parts,
  userId: UserId,
  { publicKey = parts.signer?.publicKey }: VerifyRequest,
): Promise<{ count: number; findings: Finding[] }> {
  const findings: Finding[] = [];
  const checkpoints = [];
  for await (const { path } of parts.files.list(`users/${userId}/checkpoints/`)) {
    const bytes = await readBytes(parts.files, path);
    try {
      checkpoints.push({ path, hash: checkpointHash(bytes), checkpoint: parseCheckpoint(bytes) });
    } catch (error) {
      if (!(error instanceof ValidationFailed)) throw error;
      findings.push({ kind: FindingKind.checkpointBroken, subject: path, message: error.message });
    }
  }
  checkpoints.sort((left, right) => (left.checkpoint.createdAt < right.checkpoint.createdAt ? -1 : 1));
  let previous: string | null = null;
  for (const { path, hash, checkpoint } of checkpoints) {
    if (checkpoint.previous !== previous || !hasValidSignature(checkpoint)) {
      const message = 'It was changed, or the checkpoint before it is missing.';
      findings.push({ kind: FindingKind.checkpointBroken, subject: path, message });
    }
    previous = hash;
  }
  const last = checkpoints.at(-1)?.checkpoint;
  if (last !== undefined) findings.push(...(await verifyCheckpoint(parts.log, last, { trustedKey: publicKey })));
  return { count: checkpoints.length, findings };
}

async function verifyCopy(parts: Parts, bytes: Uint8Array, { publicKey }: VerifyRequest): Promise<Finding[]> {
  return verifyCheckpoint(parts.log, parseCheckpoint(bytes), { trustedKey: publicKey ?? parts.signer?.publicKey });
}
