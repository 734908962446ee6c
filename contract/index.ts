export * from './channel-names';
export * from './channels';
export * from './socket';
