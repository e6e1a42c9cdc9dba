export { aDocx, paragraph } from './sample-docx.ts';
export { sampleMedia } from './sample-media.ts';
export { aPdf, flateBomb, ZLIB_HEAD } from './sample-pdf.ts';
export { aPng, pictureOfWriting } from './sample-picture.ts';
