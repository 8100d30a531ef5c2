-- Reads a piece of a topic.
--
-- KEYS 1    presence:{b}                    the bucket
--      2    presence:{b}:t:<topic>          the topic
--
-- ARGV 1    cursor: '0', then what the call before replied
--      2    fields to tell in this call, 1 000; 0: none, only version and count
--
-- Reply     {version, count, cursor, repaired, (field, value)...}
--             version    decimal; of a topic that is not there: the last that the bucket gave out
--             count      members, decimal; 0: the topic is empty or not there
--             cursor     '0': nothing is left. A topic of at most as many fields as asked for comes in one piece, which is
--                        consistent; of a larger one a field can come twice, or more fields than asked for
--             repaired   unreadable values that were removed, and counts put right
--
-- Publishes nothing.

local version, members = head(KEYS[2])
if not version then
  return {decimal(integer(read('HGET', KEYS[1], 'c')) or 0), '0', '0', repaired}
end
local limit = tonumber(ARGV[2])
if limit == 0 then
  return {decimal(version), decimal(members), '0', repaired}
end
local cursor, fields = '0', nil
if ARGV[1] == '0' and redis.call('HLEN', KEYS[2]) <= limit + 1 then
  fields = redis.call('HGETALL', KEYS[2])
  local found = 0
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 1) == 'm' then
      found = found + 1
    end
  end
  if found ~= members then
    members = found
    repaired = repaired + 1
    redis.pcall('HSET', KEYS[2], 'h', decimal(version) .. ' ' .. decimal(members)) -- tells the right count even if memory is short
  end
else
  cursor, fields = unpack(redis.call('HSCAN', KEYS[2], ARGV[1], 'COUNT', ARGV[2]))
end
local reply = {decimal(version), decimal(members), cursor, repaired}
for i = 1, #fields, 2 do
  if fields[i] ~= 'h' then
    reply[#reply + 1] = fields[i]
    reply[#reply + 1] = fields[i + 1]
  end
end
return reply
