import {
  type Answerer,
  type CaptureAnalyzer,
  fileSizeLimits,
  type Soundtracks,
  type TextEmbedder,
  type TextExtractor,
  type Transcriber,
} from '@synap/ai';
import type { CommitWrite, Database, EventLog, Signer } from '@synap/database';
import type { Clock, FileType, IdSource, UserId, WebhookId } from '@synap/domain';
import type { PublicFetcher, PublicPoster } from '@synap/outbound';
import type { SearchIndex } from '@synap/search';
import type { FileLinks, FileStore } from '@synap/storage';
import type { WorkflowEngine, WorkflowEvent } from '@synap/workflows';
import type { Quota } from './account/quota.ts';
import type { Cache } from './cache/cache.ts';
import type { FileMoves } from './upkeep/move-files.ts';
import type { TokenSealer } from './uploads/sealed-token.ts';
import type { SecretBox } from './webhooks/secret-box.ts';

/** What the commands and queries work with; put together by a composition root. */
export interface Parts {
  /** The state, folded from the log. */
  readonly database: Database;
  readonly log: EventLog;
  /** Commits a write to both. */
  readonly commit: CommitWrite;
  /** Keeps what was read of the state. */
  readonly cache: Cache;
  readonly files: FileStore;
  /** Signs links to those files. */
  readonly links: FileLinks;
  readonly tokens: TokenSealer;
  /** Moves the files to another home; `null` where there is one only. */
  readonly fileMoves: FileMoves | null;
  readonly index: SearchIndex;
  readonly embedder: TextEmbedder;
  /** Of models that were used before: they answer until everything is embedded by the present one. */
  readonly earlierEmbedders?: readonly TextEmbedder[];
  readonly analyzer: CaptureAnalyzer;
  /**
   * The analyser of this name, and nothing standing in for it; of `null` the one that is configured. `null` if there is
   * none.
   */
  readonly chooseAnalyzer: (name: string | null) => CaptureAnalyzer | null;
  /** One after the other is asked until one answers: the later ones stand in for those before them. */
  readonly answerers: readonly [Answerer, ...Answerer[]];
  readonly extractor: TextExtractor;
  /** Writes down what is said in recordings; left out where nobody does. */
  readonly transcriber?: Transcriber;
  /** Takes the sound out of films, and out of recordings that the transcriber does not take; left out where nobody can. */
  readonly soundtracks?: Soundtracks;
  /** Reads what people name of the web. */
  readonly publicFetcher: PublicFetcher;
  readonly webhooks: WebhookParts;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly limits: Limits;
  /** How much each user may keep; without it, whatever there is room for. */
  readonly quota?: Quota;
  /** Signs checkpoints of the log; `null` where there is no key. */
  readonly signer: Signer | null;
  /** What is queued to be done. */
  readonly work: QueuedWork;
}

/** A webhook that nothing can be delivered to. */
export interface PausedWebhook {
  readonly userId: UserId;
  readonly webhookId: WebhookId;
  readonly url: string;
  readonly reason: 'gone' | 'failing';
}

/** What messages to webhooks are sent with. */
export interface WebhookParts {
  readonly poster: PublicPoster;
  /** Keeps the secrets that they are signed with. */
  readonly secrets: SecretBox;
  /** Names and addresses of a private network that may be sent to; `poster` lets them through, too. */
  readonly privateHosts: ReadonlySet<string>;
  /** Tells whose webhook it is that it was paused, and not by them; may be called twice. */
  readonly tellOfPause?: (paused: PausedWebhook) => Promise<void>;
}

/** Work that waits to be done, or is being done. */
export interface QueuedWork {
  /** Forgets all of one user's, done or not; gives how much that was. */
  forget(userId: UserId): Promise<number>;
  /** Starts the workflows of an event; it is not forgotten once this returns. */
  start(event: WorkflowEvent): Promise<void>;
  /** The runs of workflows: listed, run again after they have failed, dropped. */
  readonly runs: Pick<WorkflowEngine, 'list' | 'retry' | 'drop'>;
}

export interface Limits {
  /** The largest file of each kind, in bytes; that of Markdown bounds what people write, too. */
  readonly fileMaxBytes: Readonly<Record<FileType, number>>;
  /** What each user may spend at providers on a day; `null` for no limit. */
  readonly dailyBudgetDollars: number | null;
}

const TEXT_MAX_BYTES = 10 * 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  fileMaxBytes: { ...fileSizeLimits, markdown: TEXT_MAX_BYTES, text: TEXT_MAX_BYTES },
  dailyBudgetDollars: null,
};
