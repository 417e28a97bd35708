/** Figures of the code as artifacts: the session's events name them, the model sees them. */
import type { Execution } from '@belljar/core';
import {
  chooseImages,
  type ExecutionSummary,
  type ImageLimits,
  MAX_IMAGE_BYTES,
  MAX_IMAGES,
} from '@belljar/core/tool';
import type { Context, File, ToolProcessLlmRequest } from '@google/adk';

export function hasArtifacts({ invocationContext }: Context): boolean {
  return invocationContext.artifactService !== undefined;
}

/** The images of an execution as files, base64. */
export function imageFiles(execution: Execution, limits: ImageLimits | undefined): File[] {
  return chooseImages(execution, limits).images.map(({ mediaType: mimeType, data }, index) => ({
    name: artifactName(execution.id, index, mimeType),
    content: data,
    mimeType,
  }));
}

export async function saveImages(
  execution: Execution,
  limits: ImageLimits | undefined,
  context: Context,
): Promise<void> {
  for (const { name, content: data, mimeType } of imageFiles(execution, limits)) {
    await context.saveArtifact(name, { inlineData: { mimeType, data } });
  }
}

/** Of the images that `saveImages` saved for that execution. */
export function artifactNames({ executionId, images }: ExecutionSummary): string[] {
  return images.map(({ mediaType }, index) => artifactName(executionId, index, mediaType));
}

/**
 * Puts the images that answers of the tool name beside those answers, in the request only: the
 * newest ones, as many as one answer may have.
 */
export async function attachImages(
  toolName: string,
  { llmRequest, toolContext }: ToolProcessLlmRequest,
  limits: ImageLimits = {},
): Promise<void> {
  let images = limits.maxImages ?? MAX_IMAGES;
  let bytes = limits.maxImageBytes ?? MAX_IMAGE_BYTES;
  const responses = llmRequest.contents
    .flatMap(({ parts = [] }) => parts.map(({ functionResponse }) => functionResponse))
    .filter((response) => response?.name === toolName);
  for (const response of responses.reverse()) {
    const named = response?.response?.images;
    if (!response || !Array.isArray(named)) continue;
    for (const name of named.filter((value) => typeof value === 'string')) {
      if (images < 1) return;
      const inlineData = (await toolContext.loadArtifact(name))?.inlineData;
      const size = Buffer.byteLength(inlineData?.data ?? '', 'base64');
      if (!inlineData || size > bytes) continue;
      response.parts = [...(response.parts ?? []), { inlineData }];
      images -= 1;
      bytes -= size;
    }
  }
}

function artifactName(executionId: string, index: number, mediaType: string): string {
  return `${executionId}-${index + 1}.${mediaType.replace('image/', '')}`;
}
