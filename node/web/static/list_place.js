// Where in which list its reader is, so that a card leads back there and on to the next of it.
// Kept in this tab alone and never in an address: words somebody searched by may be a resident's
// name, and addresses are written to logs. Without storage a card leads to the whole list.
"use strict";

const ListPlace = (() => {
  const KEY = "cur-list-place";
  // Only ever a list of this node.
  const LIST = /^\/issues(\?[^#]*)?$/;
  const NUMBER = /^[A-Za-z0-9._-]{1,80}$/;

  // `numbers`: the issues of the page in their order; `at`: the one to stand on, "" the first;
  // `following`: the address of the next page or ""; `back`: the card is being left for the list;
  // `moved`: a move was just sent from the card, which may lead to a list of the node's choice.
  function read() {
    try {
      const place = JSON.parse(sessionStorage.getItem(KEY));
      const fits =
        LIST.test(place.address) &&
        (place.following === "" || LIST.test(place.following)) &&
        place.numbers.every((number) => NUMBER.test(number));
      return fits ? place : null;
    } catch {
      return null;
    }
  }

  function write(place) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(place));
    } catch {
      // Storage is off or full.
    }
  }

  return { read, write };
})();
