import { type ReactNode, useEffect } from 'react';
import { ActionDialog } from './action-dialog';
import { AddSourceDialog } from './add-source-dialog';
import { useAppState } from './app-context';
import { AuditView } from './audit-view';
import { ClaimsView } from './claims-view';
import { CommandPalette } from './command-palette';
import { DetailPane } from './detail-pane';
import { DoctorView } from './doctor-view';
import { DropTarget } from './drop-target';
import { ErrorBoundary } from './error-boundary';
import { HelpDialog } from './help-dialog';
import { useKeyboard } from './keyboard';
import { Sidebar } from './sidebar';
import { StatusBar } from './status-bar';
import { Tabs } from './tabs';
import { useTheme } from './theme';
import { ThresholdsDialog } from './thresholds-dialog';
import { Toasts } from './toasts';
import { TopBar } from './top-bar';

/** The whole window: workspace on the left, the views in the middle, one claim on the right. */
export function Window(): ReactNode {
  useTheme();
  useKeyboard();
  useTitle();
  const tab = useAppState((state) => state.tab);
  const selected = useAppState((state) => state.selectedKey !== null);
  return (
    <DropTarget>
      <TopBar />
      <Sidebar />
      <main className="centre">
        <Tabs />
        <ErrorBoundary what="This view" key={tab}>
          {tab === 'claims' ? <ClaimsView /> : tab === 'doctor' ? <DoctorView /> : <AuditView />}
        </ErrorBoundary>
      </main>
      {tab === 'claims' && (
        <aside className={selected ? 'detail' : 'detail detail-idle'} aria-label="Selected claim">
          <ErrorBoundary what="This claim">
            <DetailPane />
          </ErrorBoundary>
        </aside>
      )}
      <StatusBar />
      <ActionDialog />
      <AddSourceDialog />
      <HelpDialog />
      <ThresholdsDialog />
      <CommandPalette />
      <Toasts />
    </DropTarget>
  );
}

/** The title tells what is stale, for a window that stands behind others. */
function useTitle(): void {
  const stale = useAppState((state) => state.picture.sources.reduce((sum, source) => sum + source.stale, 0));
  useEffect(() => {
    document.title = stale === 0 ? 'Lockscope' : `${stale.toString()} stale · Lockscope`;
  }, [stale]);
}
