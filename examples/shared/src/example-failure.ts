/** Something that the user can mend; the message is one sentence for them. */
export class ExampleFailure extends Error {}
