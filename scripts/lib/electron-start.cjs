// What an Electron runtime without an application of its own starts with: loads the modules named by `-r`, then the
// application whose folder or file is the first argument that is no switch, as `electron .` does.
const { app } = require('electron');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

// Copied: a module that is loaded first may rewrite the original.
const args = process.argv.slice(1);
const preloads = [];
let target = null;
for (let i = 0; i < args.length && target === null; i += 1) {
  if (args[i] === '-r' || args[i] === '--require') {
    preloads.push(args[i + 1]);
    i += 1;
  } else if (!args[i].startsWith('-')) {
    target = path.resolve(args[i]);
  }
}

function describe(folder) {
  try {
    return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  } catch {
    return null;
  }
}

if (target === null) {
  console.error('Name the folder of an application.');
  app.exit(2);
} else {
  for (const file of preloads) Module._load(path.resolve(file), module, false);
  const about = describe(target);
  if (about !== null) {
    const name = about.productName ?? about.name;
    if (name) {
      app.setName(name);
      app.setPath('userData', path.join(app.getPath('appData'), name));
    }
    if (about.version) app.setVersion(about.version);
    app.setAppPath(target);
  }
  Module._load(Module._resolveFilename(target, module, true), module, true);
}
