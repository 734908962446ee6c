import { runCli } from './run';

void runCli(process.argv);
