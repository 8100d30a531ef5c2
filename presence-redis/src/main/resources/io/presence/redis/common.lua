-- What the scripts share: Script puts this text in front of each of them.
-- Every script has the bucket's key first and its sorted set of registrations second, where it uses them.

local repaired = 0

-- Reads with a command; a key of another type is deleted, counted and read as absent.
local function read(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then
    return reply
  end
  if string.sub(reply.err, 1, 9) ~= 'WRONGTYPE' then
    error(reply.err)
  end
  redis.call('UNLINK', key)
  repaired = repaired + 1
  return redis.call(command, key, ...)
end

local function integer(text)
  local number = text and #text <= 16 and string.match(text, '^%d+$') and tonumber(text)
  return number and number < 9e15 and number or nil
end

local function decimal(number)
  return string.format('%.0f', number)
end

local function netstring(value)
  return #value .. ':' .. value
end

local function micros()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- Bookkeeping outlives topics: an index that went first would leave ghosts.
local function bookkeeping(ttl)
  return math.max(86400000, 2 * ttl)
end

local function deadline(registration)
  return tonumber(read('ZSCORE', KEYS[2], registration) or nil)
end

-- Version and count of a topic; nil when it is not there. One that is unreadable is deleted.
local function head(key)
  local version, count = string.match(read('HGET', key, 'h') or '', '^(%d+) (%d+)$')
  version, count = integer(version), integer(count)
  if version and count then
    return version, count
  end
  if redis.call('UNLINK', key) == 1 then
    repaired = repaired + 1
  end
end

-- The holds of a member, newest first, from the field's text; nil if it is unreadable.
local function holds(text)
  local list, at, data = {}, 1, nil
  while at <= #text do
    local _, stop, id, stamp, length = string.find(text, '^([%w_-]+):(%d+):([%d=]+):', at)
    if not stop or #stamp > 16 then
      return nil
    end
    at = stop + 1
    if length ~= '=' then
      local size = #length <= 9 and tonumber(length)
      if not size or at + size - 1 > #text then
        return nil
      end
      data = string.sub(text, at, at + size - 1)
      at = at + size
    elseif not data then
      return nil
    end
    list[#list + 1] = {id = id, stamp = stamp, data = data}
  end
  return #list > 0 and list or nil
end

local function text(list)
  local parts, data = {}, nil
  for i, hold in ipairs(list) do
    if hold.data == data then
      parts[i] = hold.id .. ':' .. hold.stamp .. ':=:'
    else
      data = hold.data
      parts[i] = hold.id .. ':' .. hold.stamp .. ':' .. #data .. ':' .. data
    end
  end
  return table.concat(parts)
end

-- Takes a registration's hold out of a list; nil if it has none there.
local function take(list, registration)
  for i, hold in ipairs(list) do
    if hold.id == registration then
      return table.remove(list, i)
    end
  end
end

-- A topic as a script works on it: what it was, and what changed.
local function open(key)
  local version, count = head(key)
  return {key = key, absent = not version, version = version or 0, count = count or 0, changes = {}}
end

local function change(topic, field, value)
  topic.changes[#topic.changes + 1] = field
  topic.changes[#topic.changes + 1] = value
end

local function put(topic, field, value)
  redis.call('HSET', topic.key, field, value)
  change(topic, field, value)
end

local function removeMember(topic, field, reason)
  redis.call('HDEL', topic.key, field)
  topic.count = math.max(topic.count - 1, 0)
  change(topic, field, '-' .. reason)
end

-- Gives out the bucket's next version, above those of the topics, in decimal. When the clock has gone back, versions are
-- numbered on with gaps that depend on the time: were the last of them lost in a failover, others come after it.
local function nextVersion(topics, ttl)
  local given, now = integer(read('HGET', KEYS[1], 'c')), micros()
  local version = math.max(now, (given or 0) + 1)
  if version - now > 1000000 then
    version = version + now % 997
  end
  for _, topic in ipairs(topics) do
    version = math.max(version, topic.version + 1)
  end
  version = decimal(version)
  redis.call('HSET', KEYS[1], 'c', version)
  if not given then
    redis.call('PEXPIRE', KEYS[1], bookkeeping(ttl))
  end
  return version
end

-- Gives a changed topic its version, or deletes it when nothing is left, and publishes what changed.
local function close(topic, version, sender, ttl, sharded)
  if redis.call('HLEN', topic.key) <= (topic.absent and 0 or 1) then
    redis.call('UNLINK', topic.key)
    topic.count = 0
  else
    redis.call('HSET', topic.key, 'h', version .. ' ' .. decimal(topic.count))
    if ttl then
      redis.call('PEXPIRE', topic.key, ttl)
    end
  end
  local message = {'P1t', netstring(decimal(topic.version)), netstring(version), netstring(decimal(topic.count)), netstring(sender)}
  for _, value in ipairs(topic.changes) do
    message[#message + 1] = netstring(value)
  end
  redis.call(sharded and 'SPUBLISH' or 'PUBLISH', topic.key, table.concat(message))
end
