/** Gets a line about each step that takes noticeably long. */
export type Progress = (line: string) => void;

export const toStderr: Progress = (line) => process.stderr.write(`${line}\n`);
