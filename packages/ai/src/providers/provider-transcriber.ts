import { createOpenAI } from '@ai-sdk/openai';
import {
  NoTranscriptGeneratedError,
  type Experimental_TranscriptionResult as Result,
  experimental_transcribe as transcribe,
} from 'ai';
import type { SpokenPart, Transcriber } from '../transcription/transcriber.ts';
import type { ProviderOptions } from './language-models.ts';
import { providerFailure } from './provider-failure.ts';
import { createProviderThrottle } from './provider-throttle.ts';
import { withTimeout } from './with-timeout.ts';

const RETRIES = 2;
/** An hour of speech takes minutes. */
const TIMEOUT_MS = 10 * 60_000;
/** What OpenAI takes; other servers are asked for no more. */
const MAX_BYTES = 25_000_000;
const EXTENSIONS = new Set(['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']);
/** Some models do not say how long a recording is: then it is taken for as long as speech of this quality would be. */
const BYTES_PER_SECOND = 4_000;

/** Transcribes by OpenAI's API, or by another server that speaks it, such as those for Whisper. */
export function createProviderTranscriber(options: ProviderOptions): Transcriber {
  const { model, apiKey, baseUrl, meter, throttle = createProviderThrottle(), timeoutMs = TIMEOUT_MS } = options;
  const name = `${baseUrl === undefined ? 'openai' : new URL(baseUrl).host}/${model}`;
  // A server that needs no key gets one that says nothing: without any, the library looks for one of OpenAI's.
  const key = apiKey ?? (baseUrl === undefined ? undefined : 'none');
  const provider = createOpenAI({
    fetch: throttle.fetch,
    ...(key === undefined ? {} : { apiKey: key }),
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
  });
  return {
    model: name,
    maxBytes: MAX_BYTES,
    extensions: EXTENSIONS,
    transcribe: async (recording, { signal, userId } = {}) => {
      if (userId !== undefined) await meter?.admit(userId);
      const call = async (): Promise<SpokenPart[]> => {
        const abortSignal = withTimeout(signal, timeoutMs);
        const heard = await transcribe({
          model: provider.transcription(model),
          audio: recording,
          maxRetries: RETRIES,
          abortSignal,
        }).catch(orSilence);
        const audioSeconds = heard?.durationInSeconds ?? recording.byteLength / BYTES_PER_SECOND;
        if (userId !== undefined)
          await meter?.record(userId, { model: name, inputTokens: 0, outputTokens: 0, audioSeconds });
        return heard === null ? [] : partsOf(heard);
      };
      try {
        return await throttle.run(call, { signal });
      } catch (error) {
        signal?.throwIfAborted();
        throw providerFailure(name, error);
      }
    },
  };
}

/** That nothing was said is an answer, too. */
function orSilence(error: unknown): null {
  if (NoTranscriptGeneratedError.isInstance(error)) return null;
  throw error;
}

function partsOf({ text, segments }: Result): SpokenPart[] {
  if (segments.length === 0) return [{ text, startSeconds: 0 }];
  return segments.map((segment) => ({ text: segment.text, startSeconds: segment.startSecond }));
}
