/** Told, in a line each, of what takes so long that one would wonder. */
export type Progress = (line: string) => void;

export const toStderr: Progress = (line) => process.stderr.write(`${line}\n`);
