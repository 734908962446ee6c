import { type FileSteps, nodeSteps } from './file-steps';
import { nativeSteps } from './native-steps';

let known: FileSteps | null = null;
let finding: Promise<FileSteps> | null = null;

/** The quickest steps that this system has, once they are known; null before that. */
export function fileStepsNow(): FileSteps | null {
  return known;
}

/** The quickest steps that this system has: its own calls where a probe found them good, else those of Node. Never rejects. */
export function fileSteps(): Promise<FileSteps> {
  finding ??= Promise.resolve().then(() => {
    known = find();
    return known;
  });
  return finding;
}

function find(): FileSteps {
  try {
    return nativeSteps() ?? nodeSteps;
  } catch {
    // No native library for this machine.
    return nodeSteps;
  }
}
