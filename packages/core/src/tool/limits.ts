/** Defaults of the model-facing tool, each with its unit and its reason. */

/** Characters of one answer. About 5,000 tokens: a cell's worth, not a log file. */
export const MAX_OUTPUT_CHARACTERS = 20_000;

/** Fewest characters an answer may be cut to: status, sentences and a few lines of output. */
export const MIN_OUTPUT_CHARACTERS = 500;

/** Images that go back with one answer. Each costs a model about 1,500 tokens. */
export const MAX_IMAGES = 4;

/** Bytes of those images together. Model endpoints refuse larger ones at about 5 MB. */
export const MAX_IMAGE_BYTES = 4_000_000;

/** Characters of a tool description. Longer ones are read with less care, and paid each turn. */
export const MAX_DESCRIPTION_CHARACTERS = 1_500;

/** Files named in one answer; the rest are counted. */
export const MAX_FILES_NAMED = 20;
