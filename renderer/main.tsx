import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import './styles/index.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openBridge } from './bridge';
import { createApp } from './store/app';
import { AppProvider } from './views/app-context';
import { ErrorBoundary } from './views/error-boundary';
import { Window } from './views/window';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root element.');
const app = createApp(openBridge());

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary what="The window">
      <AppProvider app={app}>
        <Window />
      </AppProvider>
    </ErrorBoundary>
  </StrictMode>,
);
