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

/** Variables named as new, as changed and as removed; the rest are counted. */
export const MAX_VARIABLES_NAMED = 20;

/** UTF-8 bytes of JSON that one answer adds to an agent's state, but for images to the model. */
export const MAX_STATE_BYTES = 65_536;

/** Of those, bytes for what a framework writes round an answer: keys, ids, types of messages. */
export const FRAME_BYTES = 1_000;

/** Of those, bytes that the summary of an execution takes at most; the rest is text and images. */
export const MAX_SUMMARY_BYTES = 20_000;

/** Files of an execution in its summary; the rest are counted. */
export const MAX_FILES_SUMMARIZED = 100;

/** Characters of running code's output that are shown before it has ended: a screenful. */
export const PARTIAL_CHARACTERS = 1_000;

/** Between the first two partial outputs of an execution; each later wait is longer by `PARTIAL_GROWTH`. */
export const PARTIAL_INTERVAL_MS = 100;

/** A minute of output is shown about 30 times, 30 KB together; an hour's about 60 times. */
export const PARTIAL_GROWTH = 1.15;

/** Entries of one answer of `list_files`. */
export const MAX_FILES_LISTED = 200;

/** Lines of one answer of `read_file`. Its characters are those of every answer. */
export const MAX_LINES_READ = 500;

/** Characters of one line in an answer of `read_file`: a line of JSON may be the whole file. */
export const MAX_LINE_CHARACTERS = 2_000;
