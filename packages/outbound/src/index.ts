export { isPublicAddress } from './public-address.ts';
export {
  createPublicFetcher,
  type FetchedContent,
  type FetchLimits,
  type PublicFetcher,
} from './public-fetcher.ts';
export {
  createPublicPoster,
  type PostAnswer,
  type PublicPost,
  type PublicPoster,
} from './public-poster.ts';
export { readPublicUrl } from './public-url.ts';
