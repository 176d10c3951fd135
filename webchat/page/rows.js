/* What a conversation is drawn with: fetched behind the composer, so that one can write before one can read. */
export { replyBar } from "./keyboards.js";
export { createMessage, summary } from "./message.js";
