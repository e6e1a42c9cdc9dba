export * from '../extraction/testing/index.ts';
export {
  aReply,
  type Protocol,
  type ProviderServer,
  startProviderServer,
  vectorsReply,
} from '../providers/testing/provider-server.ts';
