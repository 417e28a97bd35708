import type { Tool } from 'ai';

type ToolResultOutput = Awaited<ReturnType<NonNullable<Tool['toModelOutput']>>>;

/** Text for the model, and images as images unless its endpoint takes none in tool results. */
export function toModelOutput(
  output: { text: string; images?: readonly { mediaType: string; data?: string | undefined }[] },
  withImages: boolean,
): ToolResultOutput {
  const images = withImages ? (output.images ?? []) : [];
  const files = images.flatMap(({ mediaType, data }) =>
    data === undefined
      ? []
      : [{ type: 'file' as const, mediaType, data: { type: 'data' as const, data } }],
  );
  if (files.length === 0) return { type: 'text', value: output.text };
  return { type: 'content', value: [{ type: 'text', text: output.text }, ...files] };
}
