import { type ReactNode, useId, useMemo, useState } from 'react';
import type { App } from '../store/app';
import { PRESETS, type Preset } from '../store/filter';
import type { AppState } from '../store/state';
import { shown } from '../text';
import { actionOn } from './action-words';
import { useApp, useAppState } from './app-context';
import { Modal } from './modal';
import { protocolWord } from './protocol-words';
import { sourceName } from './source-words';

interface Command {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly run: () => void;
}

const AT_MOST = 50;

const PRESET_COMMANDS: Record<Preset, string> = {
  all: 'Show all claims',
  stale: 'Show stale claims',
  contended: 'Show contended claims',
  expiring: 'Show expiring claims',
};

export function CommandPalette(): ReactNode {
  const open = useAppState((state) => state.overlay === 'palette');
  return open ? <OpenPalette /> : null;
}

function OpenPalette(): ReactNode {
  const app = useApp();
  const [input, setInput] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const sources = useAppState((state) => state.picture.sources);
  const selected = useAppState((state) =>
    state.selectedKey === null ? undefined : state.picture.claims.get(state.selectedKey),
  );
  const theme = useAppState((state) => state.hello?.settings.theme);
  const commands = useMemo(() => allCommands(app, sources, selected, theme), [app, sources, selected, theme]);
  const words = input.toLowerCase().split(/\s+/);
  const found = commands
    .filter((command) => words.every((word) => `${command.name} ${command.note}`.toLowerCase().includes(word)))
    .slice(0, AT_MOST);
  const current = Math.min(at, Math.max(0, found.length - 1));
  const close = (): void => {
    app.setOverlay('none');
  };
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    close();
    // After the palette is gone and has given the focus back: what runs may take it.
    setTimeout(command.run);
  };
  return (
    <Modal title="Command palette" titleHidden className="palette" onClose={close}>
      <input
        className="palette-input"
        role="combobox"
        data-autofocus
        aria-label="Command"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={found.length === 0 ? undefined : `${listId}-${current.toString()}`}
        autoComplete="off"
        spellCheck={false}
        placeholder="Go to a source, a preset, an action…"
        value={input}
        onChange={(event) => {
          setInput(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            const next = current + (event.key === 'ArrowDown' ? 1 : -1);
            setAt((next + found.length) % Math.max(1, found.length));
          } else if (event.key === 'Enter') {
            event.preventDefault();
            run(found[current]);
          }
        }}
      />
      <ul id={listId} role="listbox" aria-label="Commands" className="palette-list">
        {found.map((command, index) => (
          <li
            key={command.id}
            id={`${listId}-${index.toString()}`}
            ref={
              index === current
                ? (element) => {
                    element?.scrollIntoView({ block: 'nearest' });
                  }
                : null
            }
            role="option"
            aria-selected={index === current}
            className="palette-item"
            onMouseMove={() => {
              if (index !== current) setAt(index);
            }}
            onClick={() => {
              run(command);
            }}
          >
            <bdi dir="ltr" className="clip">
              {command.name}
            </bdi>
            <span className="palette-note">{command.note}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="palette-none">No such command.</p>}
    </Modal>
  );
}

function allCommands(
  app: App,
  sources: AppState['picture']['sources'],
  selected: AppState['selectedRow'] | undefined,
  theme: string | undefined,
): readonly Command[] {
  const commands: Command[] = [];
  const add = (name: string, note: string, run: () => void): void => {
    commands.push({ id: commands.length.toString(), name, note, run });
  };
  if (selected !== undefined && selected !== null) {
    for (const action of selected.actions) {
      add(`${actionOn(action, selected)}…`, 'Selected claim', () => {
        app.actions.begin(selected.key, action);
      });
    }
  }
  for (const preset of PRESETS) {
    add(PRESET_COMMANDS[preset], 'Preset', () => {
      app.show('claims');
      app.choose({ preset });
    });
  }
  add('Select all stale claims', 'Mark', () => {
    app.show('claims');
    app.marks.allStale();
  });
  add('Clear the filter', 'Filter', () => {
    app.clearFilter();
  });
  for (const source of sources) {
    add(shown(source.title, 80), `Go to source: ${shown(protocolWord(source.protocol), 40)}`, () => {
      app.show('claims');
      app.choose({ sourceId: source.id });
    });
  }
  for (const source of sources) {
    const name = sourceName(source, sources);
    if (source.status.kind === 'reading') {
      add(`Cancel the reading of ${name}`, 'Source', () => {
        app.sources.cancelReading(source.id);
      });
    } else {
      add(source.status.kind === 'not-read' ? `Read ${name}` : `Read ${name} again`, 'Source', () => {
        app.sources.reread(source.id);
      });
      if (source.bands !== undefined) {
        add(`Thresholds of ${name}…`, 'Source: when a lease is expiring', () => {
          app.adjust(source.id);
        });
      }
      add(`Verify ${name}`, 'Source: read all of it and compare', () => {
        app.sources.verify(source.id);
      });
    }
  }
  add('Add a source…', 'Workspace', () => {
    app.addSource();
  });
  add('Doctor: what is wrong, and what mends it', 'View', () => {
    app.show('doctor');
  });
  add('Show the audit log', 'View', () => {
    app.show('audit');
  });
  const themes = { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' } as const;
  for (const name of ['system', 'light', 'dark'] as const) {
    add(themes[name], name === theme ? 'Theme, now' : 'Theme', () => {
      app.setTheme(name);
    });
  }
  add('Keys and signs', 'Help', () => {
    app.setOverlay('help');
  });
  return commands;
}
