import { Tabs as RadixTabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { formatCount } from '../format';
import type { Tab } from '../store/state';
import { useApp, useAppState } from './app-context';

const NAMES: Record<Tab, string> = { claims: 'Claims', doctor: 'Doctor', audit: 'Audit' };

export function Tabs(): ReactNode {
  const app = useApp();
  const tab = useAppState((state) => state.tab);
  const findings = useAppState((state) =>
    state.picture.sources.reduce((sum, source) => sum + source.findings.length, 0),
  );
  const grave = useAppState((state) => state.picture.sources.some((source) => source.worst === 'error'));
  return (
    <RadixTabs.Root
      className="tabs"
      value={tab}
      onValueChange={(value) => {
        app.show(value as Tab);
      }}
    >
      <RadixTabs.List aria-label="Views" className="tab-list">
        {(['claims', 'doctor', 'audit'] as const).map((name) => (
          <RadixTabs.Trigger key={name} value={name} className="tab" aria-controls="view">
            {NAMES[name]}
            {name === 'doctor' && findings > 0 && (
              <span className={grave ? 'badge badge-error' : 'badge badge-warning'}>{formatCount(findings)}</span>
            )}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
    </RadixTabs.Root>
  );
}
