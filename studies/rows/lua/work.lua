-- Tables, closures and strings that live for a while.
local function tree(depth)
  if depth == 0 then return {} end
  return {tree(depth - 1), tree(depth - 1)}
end
local function count(t) return t[1] and 1 + count(t[1]) + count(t[2]) or 1 end
local kept, total = tree(11), 0
for i = 1, 24 do total = total + count(tree(9)) end
local words = {}
for i = 1, 14000 do words[#words + 1] = ("word %d of the text"):format(i % 900 + i) end
local text = table.concat(words, " ")
local seen = {}
for word in text:gmatch("%w+") do seen[word] = (seen[word] or 0) + 1 end
local parts = {}
for i = 1, 400 do
  local part = {}
  for j = 1, 40 do part[j] = i * j end
  parts[i] = table.concat(part, ",")
end
print(total, count(kept), #text, #table.concat(parts))
