import type { ModelImage } from '@belljar/core/tool';
import type { Tool } from 'ai';

type ToolResultOutput = Awaited<ReturnType<NonNullable<Tool['toModelOutput']>>>;

/** Text for the model, and images as images unless its endpoint takes none in tool results. */
export function toModelOutput(
  output: { text: string; images?: readonly ModelImage[] },
  withImages: boolean,
): ToolResultOutput {
  const images = withImages ? (output.images ?? []) : [];
  if (images.length === 0) return { type: 'text', value: output.text };
  return {
    type: 'content',
    value: [
      { type: 'text', text: output.text },
      ...images.map(({ mediaType, data }) => ({
        type: 'file' as const,
        mediaType,
        data: { type: 'data' as const, data },
      })),
    ],
  };
}
