// Back and forward in the browser. The places are in memory; the history holds their numbers alone,
// and the address never changes, so no id is kept where others may read it.

export type Place = { sessionId: string } | undefined;

/** Creates the list of places; `arrived` is called when the reader goes to one of them. */
export function createPlaces(arrived: (place: Place) => void): { visit(place: Place): void } {
  const places: Place[] = [undefined];
  history.replaceState(0, '');
  addEventListener('popstate', ({ state }) => arrived(places[Number(state)]));
  return {
    visit(place) {
      places.push(place);
      history.pushState(places.length - 1, '');
    },
  };
}
