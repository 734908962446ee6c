import { Check, Lock, Monitor, Moon, Search, Sun, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { THEMES, type Theme } from '../../contract';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';
import { GRID_ID, SEARCH_ID } from './element-ids';
import { FILTER_HINT } from './filter-words';
import { Mark } from './signs';

export function TopBar(): ReactNode {
  const app = useApp();
  const readOnly = useAppState((state) => state.hello?.readOnly === true);
  return (
    <header className="top">
      <div className="brand">
        <Mark />
        <h1>Lockscope</h1>
      </div>
      <SearchBox />
      <div className="top-end">
        {readOnly && (
          <span className="pill" title="Started with --read-only: every action can be looked at, none can be done.">
            <Lock size={12} aria-hidden />
            Read-only
          </span>
        )}
        <ThemeMenu />
        <button
          type="button"
          className="key-button"
          aria-label="Open the command palette"
          onClick={() => {
            app.setOverlay('palette');
          }}
        >
          <kbd>Ctrl K</kbd>
        </button>
      </div>
    </header>
  );
}

function SearchBox(): ReactNode {
  const app = useApp();
  const filter = useAppState((state) => state.choice.filter);
  const holder = useAppState((state) => state.choice.holder);
  const source = useAppState((state) => state.picture.sources.find((one) => one.id === state.choice.sourceId) ?? null);
  const any = filter !== '' || holder !== null || source !== null;
  return (
    <div className="search" role="search">
      <Search size={14} aria-hidden className="search-sign" />
      {source !== null && (
        <Chip
          name="source"
          value={source.title}
          onRemove={() => {
            app.choose({ sourceId: null });
          }}
        />
      )}
      {holder !== null && (
        <Chip
          name="holder"
          value={holder}
          onRemove={() => {
            app.choose({ holder: null });
          }}
        />
      )}
      <input
        id={SEARCH_ID}
        type="text"
        aria-label="Filter claims"
        placeholder="Filter claims, holders, sources…"
        title={FILTER_HINT}
        spellCheck={false}
        autoComplete="off"
        value={filter}
        onChange={(event) => {
          app.choose({ filter: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            if (any) app.clearFilter();
            else event.currentTarget.blur();
          } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault();
            document.getElementById(GRID_ID)?.focus();
          }
        }}
      />
      {any ? (
        <button
          type="button"
          className="icon-button"
          aria-label="Clear the filter"
          onClick={() => {
            app.clearFilter();
          }}
        >
          <X size={14} aria-hidden />
        </button>
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
    </div>
  );
}

function Chip(props: { readonly name: string; readonly value: string; readonly onRemove: () => void }): ReactNode {
  return (
    <button
      type="button"
      className="chip"
      onClick={props.onRemove}
      aria-label={`Show every ${props.name}, not only ${shown(props.value, 60)}`}
    >
      <span className="chip-text">
        {props.name}:<bdi dir="ltr">{shown(props.value, 60)}</bdi>
      </span>
      <X size={12} aria-hidden />
    </button>
  );
}

const THEME_NAMES: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

function ThemeMenu(): ReactNode {
  const app = useApp();
  const theme = useAppState((state) => state.hello?.settings.theme ?? 'system');
  return (
    // Not modal: a modal menu locks scrolling through a style element, which the page's policy forbids.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="icon-button" aria-label={`Theme: ${THEME_NAMES[theme]}`}>
        <ThemeSign theme={theme} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.RadioGroup
            value={theme}
            onValueChange={(value) => {
              app.setTheme(THEMES.find((known) => known === value) ?? 'system');
            }}
          >
            {THEMES.map((name) => (
              <DropdownMenu.RadioItem key={name} value={name} className="menu-item">
                <ThemeSign theme={name} />
                <span>{THEME_NAMES[name]}</span>
                <DropdownMenu.ItemIndicator className="menu-check">
                  <Check size={14} aria-hidden />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ThemeSign({ theme }: { readonly theme: Theme }): ReactNode {
  const Sign = theme === 'light' ? Sun : theme === 'dark' ? Moon : Monitor;
  return <Sign size={14} aria-hidden />;
}
