-- Removes what a registration that ended or lapsed has in one topic, a piece a call; without a topic, tells its topics.
--
-- KEYS 1    presence:{b}                    the bucket
--      2    presence:{b}:instances          its registrations
--      3    presence:{b}:i:<registration>   the index of the registration to reap
--      4    presence:{b}:t:<topic>          the topic to clean; without it: the topics of the index are told
--
-- ARGV 1    registration to reap
--      2    cursor: '0', then what the call before replied
--      3    fields, or topics, to look at in this call, 500
--      4    ms that a topic lives when nobody keeps it
--      5    1: publish with SPUBLISH, 0: with PUBLISH
--      6    registration of the instance that reaps: the sender of the message
--      7    1: tell the members that left
--
-- Reply     {'alive', ms}                             its lease or the bucket's guard runs for so long: nothing done
--           {'topics', cursor, topic...}              without a topic: some of its topics; all were told when the cursor is '0'
--           {'more', cursor, version, repaired, reason, (key, value)...}
--           {'done', '0', version, repaired, reason, (key, value)...}    the topic holds nothing of it any more
--           {'gone', '0', version, repaired, reason, (key, value)...}    nor does any topic of its index: the registration is removed
--             version        decimal microseconds of what changed, '0' when nothing did
--             reason         what the leaves were published with: the reason given to end, else 'timeout'
--             key, value     members that left and the value that their field had, when asked for
--           Without a topic and with an empty index 'gone' comes at once.
--
-- Publishes on KEYS 4, when it changed: P1t {from, version, count, registration that reaps, (field, value)...}, as commit does.

local registration, cursor, size, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local sharded, reaper, tell = ARGV[5] == '1', ARGV[6], ARGV[7] == '1'

local now = math.floor(micros() / 1000)
local score = deadline(registration)
local given = read('HGET', KEYS[3], '__reason')
if score ~= 0 then
  local from = score or 0
  if not given then
    from = math.max(from, integer(read('HGET', KEYS[1], 'guard')) or 0)
  end
  if now < from then
    return {'alive', math.min(from - now, bookkeeping(ttl))}
  end
  if score then
    redis.call('ZADD', KEYS[2], '0', registration) -- from here on it commits nothing
  end
end

local reason = given or 'timeout'

local function removeRegistration()
  redis.call('ZREM', KEYS[2], registration)
  redis.call('UNLINK', KEYS[3])
end

if not KEYS[4] then
  local piece = read('HSCAN', KEYS[3], cursor, 'COUNT', size)
  local reply = {'topics', piece[1]}
  for i = 1, #piece[2], 2 do
    if string.sub(piece[2][i], 1, 2) ~= '__' then
      reply[#reply + 1] = piece[2][i]
    end
  end
  if #reply == 2 and cursor == '0' and piece[1] == '0' then
    removeRegistration()
    return {'gone', '0', '0', repaired, reason}
  end
  return reply
end

local topic, piece = open(KEYS[4]), {'0', {}}
if not topic.absent then
  piece = redis.call('HSCAN', KEYS[4], cursor, 'COUNT', size)
end

-- what to do comes first: the first write that follows is refused as a whole when memory is short
local work, prefix = {}, 's' .. registration .. ':'
for i = 1, #piece[2], 2 do
  local field, value = piece[2][i], piece[2][i + 1]
  if string.sub(field, 1, 1) == 'm' then
    local list = holds(value)
    if not list then
      repaired = repaired + 1
      work[#work + 1] = {field = field, reason = 'unknown'}
    elseif take(list, registration) then
      work[#work + 1] = {field = field, list = #list > 0 and list, reason = reason, value = value}
    end
  elseif string.sub(field, 1, #prefix) == prefix then
    work[#work + 1] = {field = field, state = true}
  end
end

local version, left, gone = '0', {}, {}
if #work > 0 then
  local keep = redis.call('PTTL', KEYS[4]) < 0 and ttl or nil
  version = nextVersion({topic}, ttl)
  for _, item in ipairs(work) do
    if item.list then
      put(topic, item.field, text(item.list))
    elseif item.state then
      gone[#gone + 1] = item.field
      change(topic, item.field, '-')
    else
      gone[#gone + 1] = item.field
      topic.count = math.max(topic.count - 1, 0)
      change(topic, item.field, '-' .. item.reason)
      if tell and item.value then
        left[#left + 1] = string.sub(item.field, 2)
        left[#left + 1] = item.value
      end
    end
  end
  for i = 1, #gone, 1000 do
    redis.call('HDEL', KEYS[4], unpack(gone, i, math.min(i + 999, #gone)))
  end
  close(topic, version, reaper, keep, sharded)
end

local status = 'more'
if piece[1] == '0' then
  status = 'done'
  redis.call('HDEL', KEYS[3], string.sub(KEYS[4], #KEYS[1] + 4))
  local own = redis.call('HMGET', KEYS[3], '__batch', '__reason')
  if redis.call('HLEN', KEYS[3]) <= (own[1] and 1 or 0) + (own[2] and 1 or 0) then
    removeRegistration()
    status = 'gone'
  end
end
local reply = {status, piece[1], version, repaired, reason}
for _, value in ipairs(left) do
  reply[#reply + 1] = value
end
return reply
