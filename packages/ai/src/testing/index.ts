export * from '../extraction/testing/index.ts';
export {
  aReply,
  type Protocol,
  type ProviderServer,
  startProviderServer,
  transcriptReply,
  vectorsReply,
} from '../providers/testing/provider-server.ts';
