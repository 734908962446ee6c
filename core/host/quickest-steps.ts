import { type FileSteps, nodeSteps } from './file-steps';

let known: FileSteps | null = null;
let finding: Promise<FileSteps> | null = null;

/** The quickest steps that this system has, once they are known; null before that. */
export function fileStepsNow(): FileSteps | null {
  return known;
}

/** The quickest steps that this system has: its own calls where a probe found them good, else those of Node. Never rejects. */
export function fileSteps(): Promise<FileSteps> {
  finding ??= find();
  return finding;
}

async function find(): Promise<FileSteps> {
  try {
    const { nativeSteps } = await import('./native-steps');
    known = (await nativeSteps()) ?? nodeSteps;
  } catch {
    // No native library for this machine.
    known = nodeSteps;
  }
  return known;
}
