/** Which images of an execution go back to the model as images. */
import type { Execution, MimeBundle } from '../execution.js';
import { MAX_IMAGE_BYTES, MAX_IMAGES } from './limits.js';

export type ImageMediaType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';

export interface ModelImage {
  mediaType: ImageMediaType;
  /** Base64 without line breaks. */
  data: string;
  sizeBytes: number;
}

export interface ImageLimits {
  /** Default 4. */
  maxImages?: number | undefined;
  /** Bytes of all together. Default 4,000,000. */
  maxImageBytes?: number | undefined;
}

export interface ChosenImages {
  images: ModelImage[];
  /** How many were left out because they are too many or too large. */
  leftOut: number;
}

/** In the order in which a bundle's representations are preferred. */
const MEDIA_TYPES: readonly ImageMediaType[] = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
];

/**
 * Chooses among displays and result, one image a bundle, each once. Past a limit the smallest are
 * kept; what is kept stays in its order. A value whose first bytes are not those of its type is
 * no image: an endpoint would refuse the whole conversation for it.
 */
export function chooseImages(
  execution: Pick<Execution, 'displays' | 'result'>,
  limits: ImageLimits = {},
): ChosenImages {
  const bundles = [...execution.displays, ...(execution.result ? [execution.result] : [])];
  const found = new Map<string, ModelImage>();
  for (const bundle of bundles) {
    const image = imageOf(bundle);
    if (image) found.set(image.data, image);
  }
  const all = [...found.values()];
  const kept = smallest(
    all,
    limits.maxImages ?? MAX_IMAGES,
    limits.maxImageBytes ?? MAX_IMAGE_BYTES,
  );
  return { images: all.filter((image) => kept.has(image)), leftOut: all.length - kept.size };
}

/** The image of a bundle that a model can be shown; undefined when it has none. */
export function imageOf(bundle: MimeBundle): ModelImage | undefined {
  for (const mediaType of MEDIA_TYPES) {
    const value = bundle[mediaType];
    if (typeof value !== 'string') continue;
    const data = value.replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data) || data.length % 4 !== 0) continue;
    if (!hasSignature(mediaType, Buffer.from(data.slice(0, 24), 'base64'))) continue;
    const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
    return { mediaType, data, sizeBytes: (data.length / 4) * 3 - padding };
  }
  return undefined;
}

function smallest(images: ModelImage[], maxImages: number, maxBytes: number): Set<ModelImage> {
  const kept = new Set<ModelImage>();
  let bytes = 0;
  for (const image of images.toSorted((a, b) => a.sizeBytes - b.sizeBytes)) {
    if (kept.size >= maxImages || bytes + image.sizeBytes > maxBytes) break;
    kept.add(image);
    bytes += image.sizeBytes;
  }
  return kept;
}

function hasSignature(mediaType: ImageMediaType, head: Buffer): boolean {
  const text = head.toString('latin1');
  switch (mediaType) {
    case 'image/png':
      return text.startsWith('\x89PNG\r\n\x1a\n');
    case 'image/jpeg':
      return text.startsWith('\xff\xd8\xff');
    case 'image/gif':
      return text.startsWith('GIF87a') || text.startsWith('GIF89a');
    case 'image/webp':
      return text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP';
  }
}
