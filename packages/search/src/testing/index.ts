export { type QdrantStandIn, startQdrantStandIn } from './qdrant-stand-in.ts';
export { ensureSyntheticIndex, fillSyntheticIndex, findNearestExactly } from './synthetic-index.ts';
export { createClusteredVectors, createRandom, tenantId } from './synthetic-vectors.ts';
