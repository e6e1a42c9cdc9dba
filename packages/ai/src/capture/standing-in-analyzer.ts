import { Unavailable } from '@synap/domain';
import type { CaptureAnalyzer } from './capture-analyzer.ts';

/**
 * An analyser that lets another one stand in while it fails. The analysis says which of them made it, and instead of
 * which.
 *
 * @param onFailure is told why it was needed.
 */
export function withStandIn(
  analyzer: CaptureAnalyzer,
  { standIn, onFailure }: { standIn: CaptureAnalyzer; onFailure: (failure: Unavailable) => void },
): CaptureAnalyzer {
  return {
    model: analyzer.model,
    analyse: async (capture, options) => {
      try {
        return await analyzer.analyse(capture, options);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        onFailure(error);
        const analysis = await standIn.analyse(capture, options);
        return { ...analysis, model: `${analysis.model} instead of ${analyzer.model}` };
      }
    },
  };
}
