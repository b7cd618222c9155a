// The session page: the finder on one side, the session that was chosen on the other.

import { announce } from './announce.ts';
import { byId, element, fill } from './element.ts';
import { createFinder } from './finder.ts';
import { createPlaces, type Place } from './places.ts';
import { onTokenNeeded, setToken } from './rpc.ts';
import { createSessionView, type SessionView } from './session-view.ts';
import { askForToken } from './token-dialog.ts';

const main = byId('main');
let view: SessionView | undefined;

const places = createPlaces(show);
const refresh = createFinder(byId('finder'), (sessionId) => {
  places.visit({ sessionId });
  show({ sessionId });
});

onTokenNeeded(askForToken);
byId('token').addEventListener('click', async () => {
  const entered = await askForToken('');
  if (entered === undefined) return;
  setToken(entered);
  announce('The token is used from now on.');
});
show(undefined);

function show(place: Place) {
  view?.close();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  view = place && createSessionView(place.sessionId, refresh);
  fill(main, view?.element ?? introduction());
  if (!view) return;
  main.focus({ preventScroll: true });
  // Where the session is below the list, it would be out of sight.
  if (main.getBoundingClientRect().top > innerHeight / 2) main.scrollIntoView();
}

function introduction(): HTMLElement {
  return element(
    'div',
    { class: 'intro' },
    element('h2', {}, 'Look into a session'),
    element(
      'p',
      {},
      'Find one by its id, list those of a user, or choose one of a list. Ids stay out of the ',
      'address and of the history of this browser; a token stays in memory.',
    ),
  );
}
