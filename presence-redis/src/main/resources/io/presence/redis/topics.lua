-- Tells topics in which a registration has members or states, leaving out those that have no members: after damage its
-- index may name what is gone. Looks at presence:{b}:t:<topic> of each, in the slot of its key.
--
-- KEYS 1    presence:{b}:i:<registration>   the index of the registration
--
-- ARGV 1    cursor: '0', then what the call before replied
--      2    topics to tell in this call, 1 000
--
-- Reply     {cursor, topic...}; cursor '0': nothing is left. A topic can come twice, and one that was just deleted may still come.
--
-- Publishes nothing.

local topics = string.match(KEYS[1], '^(.*):i:[^:]*$') .. ':t:'
local piece = read('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local reply = {piece[1]}
for i = 1, #piece[2], 2 do
  if string.sub(piece[2][i], 1, 2) ~= '__' then
    local _, members = head(topics .. piece[2][i])
    if (members or 0) > 0 then
      reply[#reply + 1] = piece[2][i]
    end
  end
end
return reply
