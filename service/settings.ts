import { join } from 'node:path';
import { z } from 'zod';
import { requestSchemas, type Settings } from '../contract';
import { jsonFile } from './json-file';

const DEFAULTS: Settings = { theme: 'system', actAs: '' };

// Keys that a newer version may have written are passed over; missing ones have their default.
const stored = z.object({
  theme: requestSchemas.saveSettings.shape.theme.default(DEFAULTS.theme),
  actAs: requestSchemas.saveSettings.shape.actAs.default(DEFAULTS.actAs),
});

/** What the operator set, kept in `settings.json`. */
export interface SettingsStore {
  current(): Settings;
  /** Resolves when it is on disk; listeners hear of it then. Rejects, with nothing changed, when it cannot be written. */
  save(settings: Settings): Promise<Settings>;
  /** Returns the disposer. */
  onChange(listener: (settings: Settings) => void): () => void;
}

/** Reads the settings; a missing or broken file means the defaults. */
export async function openSettings(dataFolder: string): Promise<SettingsStore> {
  const file = jsonFile<Settings>(join(dataFolder, 'settings.json'), (value) => {
    const parsed = stored.safeParse(value);
    return parsed.success ? parsed.data : null;
  });
  const listeners = new Set<(settings: Settings) => void>();
  let current = (await file.read()) ?? DEFAULTS;
  return {
    current: () => current,
    async save(settings) {
      await file.write(settings);
      current = settings;
      for (const listener of [...listeners]) listener(settings);
      return settings;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
