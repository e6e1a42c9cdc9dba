export * from '../extraction/testing/index.ts';
export {
  AN_ANALYSIS,
  aReply,
  type Protocol,
  type ProviderServer,
  startProviderServer,
  transcriptReply,
  vectorsReply,
} from '../providers/testing/provider-server.ts';
