import { UserId } from '@synap/domain';

const CLUSTERS = 200;
/** How far vectors lie from the middle of their cluster, whose own are of length 1. */
const SPREAD = 0.6;

/** Numbers that look random and are the same every time. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Unit vectors around common middles. */
export function createClusteredVectors(dimensions: number, random: () => number): () => Float32Array {
  const middles = Array.from({ length: CLUSTERS }, () => unit(gaussian(dimensions, random, 1)));
  return () => {
    const middle = middles[Math.floor(random() * CLUSTERS)] ?? new Float32Array(dimensions);
    const noise = gaussian(dimensions, random, SPREAD / Math.sqrt(dimensions));
    return unit(middle.map((value, axis) => value + (noise[axis] ?? 0)));
  };
}

function gaussian(dimensions: number, random: () => number, deviation: number): Float32Array {
  return Float32Array.from(
    { length: dimensions },
    () => deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** The id of a tenant by its number. */
export function tenantId(tenant: number): UserId {
  return UserId.parse(`01890000-0000-7000-8000-${tenant.toString(16).padStart(12, '0')}`);
}
